// Which address ranges does the text of /proc/<pid>/maps name?
//
// A byte at a time and without memory of its own, because one of its two callers runs between clone(2) and _exit(2).
#pragma once

#include "sys/proc.h"

namespace posix_fork {

class MapsParser {
 public:
  /// Takes one byte; true when it completed the range of a line.
  bool Feed(char c, Range* range) {
    switch (state_) {
      case State::kBegin:
        if (c == '-') {
          range_.begin = value_;
          value_ = 0;
          state_ = State::kEnd;
        } else {
          Digit(c);
        }
        return false;
      case State::kEnd:
        if (c != ' ') {
          Digit(c);
          return false;
        }
        range_.end = value_;
        value_ = 0;
        state_ = State::kRest;
        *range = range_;
        return true;
      case State::kRest:
        if (c == '\n') state_ = State::kBegin;
        return false;
    }
    return false;
  }

 private:
  enum class State { kBegin, kEnd, kRest };
  void Digit(char c) { value_ = value_ * 16 + static_cast<uintptr_t>(c <= '9' ? c - '0' : c - 'a' + 10); }

  State state_ = State::kBegin;
  uintptr_t value_ = 0;
  Range range_ = {0, 0};
};

}  // namespace posix_fork
