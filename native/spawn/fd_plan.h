// In which order are descriptors moved, so that none is overwritten before it was used?
//
// A map such as { 3: 4, 4: 3 } cannot be done by one dup2 after the other. With n entries in ascending order of their
// targets, this does it, whatever the numbers are:
//
//     parent:  every source below n is duplicated to a number from n on (those are the only ones that step 1 writes)
//     child 1: entry i is moved to place i                   (places 0 to n-1, no source is among them)
//           2: everything from n on is closed                (nothing else is open below n)
//           3: from the last to the first, place i is moved to target i   (which is >= i, so nothing is overwritten)
//           4: the places that are no targets are closed
//
// Most entries are at home already (0, 1 and 2 inherited), and cost nothing.
#pragma once

#include <spawn.h>

#include <vector>

#include "sys/fd.h"

namespace posix_fork {

/// The child's `target` is the parent's `source`, or /dev/null.
struct FdMapping {
  static constexpr int kNull = -1;
  int target;
  int source;
};

/// One step of the child's.
struct FdStep {
  enum Kind { kMove, kCloseFrom, kClose };
  Kind kind;
  int from;
  int to;  // of kMove
};

class FdPlan {
 public:
  /// Parent, before: `mappings` in ascending order of distinct targets, every source open. Returns 0 or an errno.
  int Prepare(const std::vector<FdMapping>& mappings);

  /// The child's steps, for a child of our own.
  std::vector<FdStep> Steps() const;

  /// Parent, before: adds the child's steps. The plan must live until the child has gone through them. Returns 0
  /// or an errno.
  int AddTo(posix_spawn_file_actions_t* actions) const;

 private:
  int TakeSource(FdMapping* mapping, int place);
  int AddCloseRest(posix_spawn_file_actions_t* actions) const;

  std::vector<FdMapping> mappings_;
  std::vector<Fd> own_;  // close-on-exec from birth
};

}  // namespace posix_fork
