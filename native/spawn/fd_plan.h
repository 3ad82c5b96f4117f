// In which order are descriptors moved, so that none is overwritten before it was used?
//
// A map such as { 3: 4, 4: 3 } cannot be done by one dup2 after the other. With n entries in ascending order of their
// targets, this does it, whatever the numbers are, all in the child:
//
//     1: entry i is moved to place i, 0 to n-1   (first the places that nobody reads any more; what is left then are
//                                                 circles, each of which goes through one spare number)
//     2: everything from n on is closed          (nothing else is open below n)
//     3: from the last to the first, place i is moved to target i   (which is >= i, so nothing is overwritten)
//     4: the places that are no targets are closed
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
  int OpenNull();
  int PlanMoves();
  int AddCloseRest(posix_spawn_file_actions_t* actions) const;

  std::vector<FdMapping> mappings_;
  std::vector<FdStep> moves_;  // to the places
  Fd null_, spare_;            // close-on-exec from birth
};

}  // namespace posix_fork
