#include "spawn/fd_steps.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

#include "sys/fd.h"

namespace posix_fork {

namespace {

bool EndFrom(int first, bool by_number, Rest rest) {
#ifdef SYS_close_range
  constexpr unsigned int kCloseRangeCloexec = 1U << 2;  // Linux 5.11
  const unsigned int flags = rest == Rest::kMark ? kCloseRangeCloexec : 0;
  if (by_number && syscall(SYS_close_range, first, ~0U, flags) == 0) return true;
#else
  (void)by_number;
#endif
  // Before Linux 5.9: one by one. Each round closes what it has read, so that the next one reads the rest.
  const int directory = open("/proc/thread-self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  struct Entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    unsigned char type;
    char name[1];
  };
  alignas(Entry) char buffer[1024];
  bool again = true;
  while (again) {
    again = false;
    if (lseek(directory, 0, SEEK_SET) < 0) return false;
    long size;
    while ((size = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
      for (long at = 0; at < size;) {
        const Entry* entry = reinterpret_cast<const Entry*>(buffer + at);
        at += entry->length;
        if (entry->name[0] == '.') continue;
        int fd = 0;
        for (const char* digit = entry->name; *digit != '\0'; digit++) fd = fd * 10 + (*digit - '0');
        if (fd < first || fd == directory) continue;
        if (rest == Rest::kMark) {
          fcntl(fd, F_SETFD, FD_CLOEXEC);
        } else {
          close(fd);
          again = true;
        }
      }
    }
    if (size < 0) return false;
  }
  close(directory);
  return true;
}

}  // namespace

bool RunFdSteps(const std::vector<FdStep>& steps, bool by_number, Rest rest) {
  for (const FdStep& step : steps) {
    switch (step.kind) {
      case FdStep::kMove:
        if (DuplicateOnto(step.from, step.to, false) != 0) return false;
        break;
      case FdStep::kCloseFrom:
        if (!EndFrom(step.from, by_number, rest)) return false;
        break;
      case FdStep::kClose: close(step.from); break;
    }
  }
  return true;
}

}  // namespace posix_fork
