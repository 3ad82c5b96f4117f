#include "fork/heap.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "node/large_pages.h"
#include "sys/maps_parser.h"
#include "sys/retry.h"

namespace posix_fork {

namespace {

// From this size of V8's heap on, MADV_DONTFORK is restored after a fork. Below it the survey (0.6 ms) costs more than
// what it saves: a heap of 32 MB left inheritable adds about 0.8 ms to a later child_process.spawn (25 us/MB).
// Measured on Linux 6.18; measure again with `npm run bench -- spawn`.
constexpr size_t kWorthASurvey = size_t{32} << 20;

// The end of user space on every 64-bit Linux with 47-bit (x86-64) or 48-bit (arm64) addresses. Beyond the end of the
// real one madvise(2) fails with ENOMEM after it has done the rest.
#if defined(__x86_64__)
constexpr uintptr_t kUserSpaceEnd = 0x7ffffffff000;
#else
constexpr uintptr_t kUserSpaceEnd = 0xfffffffff000;
#endif
// A whole page, where pages have 64 KiB, too; nothing may be mapped below it (vm.mmap_min_addr).
constexpr uintptr_t kUserSpaceBegin = 0x10000;

// The mappings that a probing child saw, in memory that it shares with its parent.
struct Seen {
  size_t count;
  bool complete;
  Range ranges[];
};
// Room for every mapping that the kernel allows by default (vm.max_map_count, 65530), in pages that cost nothing until
// they are written.
constexpr size_t kSeenCapacity = 65536;
constexpr size_t kSeenBytes = sizeof(Seen) + kSeenCapacity * sizeof(Range);

// In a child made by a bare clone(2), whose C library does not know that it is one, without V8's heap: system calls
// only, and no memory but this stack and the shared pages. Ends the process.
[[noreturn]] void ReportMappingsInProbe(Seen* seen) {
  const auto fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC));
  MapsParser parser;
  char buffer[16 * 1024];
  long n;
  while ((n = syscall(SYS_read, fd, buffer, sizeof buffer)) > 0) {
    for (long i = 0; i < n; i++) {
      Range range;
      if (!parser.Feed(buffer[i], &range)) continue;
      if (seen->count == kSeenCapacity) syscall(SYS_exit_group, 1);
      seen->ranges[seen->count++] = range;
    }
  }
  seen->complete = n == 0;
  syscall(SYS_exit_group, 0);
  __builtin_unreachable();
}

// May this be V8's? V8 asks for random addresses of 46 bits (GetRandomMmapAddr, src/base/platform/platform-posix.cc).
// malloc, threads' stacks and all others that ask for none lie above, where the kernel puts them, or in [heap]. One of
// those may have been unmapped before the probe and be there again at Restore(): marked, it would be missing in a child
// that its owner forks. What of V8's lies there, too, stays inheritable, but for its range for code: that only costs
// time.
bool MayBeOfV8(const Range& range) {
  constexpr uintptr_t kHintsBegin = uintptr_t{1} << 32;
  constexpr uintptr_t kHintsEnd = uintptr_t{1} << 46;
  constexpr size_t kCodeRange = size_t{128} << 20;
  return (range.begin >= kHintsBegin && range.end <= kHintsEnd) || range.end - range.begin >= kCodeRange;
}

// Reaps a child that has no exit signal. Nobody else waits for such children.
void ReapClone(pid_t pid) {
  (void)Retry([pid] { return waitpid(pid, nullptr, __WALL); });
}

// The only thing in Linux that tells which mappings are MADV_DONTFORK, but for the text of /proc/self/smaps (0.8 ms for
// a small heap, 19 ms for 1 GB), is fork itself: a mapping of this process that a child lacks was. The probe has no
// heap to copy, so it takes 0.6 ms for a small one and 3.3 ms for 1 GB. CLONE_VFORK: it has ended when clone(2)
// returns. No exit signal: no SIGCHLD.
int MappingsAfterFork(std::vector<Range>* mappings) {
  void* memory = mmap(nullptr, kSeenBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return errno;
  auto* seen = static_cast<Seen*>(memory);
  const auto pid = static_cast<pid_t>(syscall(SYS_clone, CLONE_VFORK, nullptr, nullptr, nullptr, nullptr));
  if (pid == 0) ReportMappingsInProbe(seen);
  const int error = pid < 0 ? errno : 0;
  if (pid > 0) {
    ReapClone(pid);
    if (seen->complete) mappings->assign(seen->ranges, seen->ranges + seen->count);
  }
  munmap(memory, kSeenBytes);
  return error;
}

// The parts of `all` that are not in `covered`. Both are in order.
std::vector<Range> Subtract(const std::vector<Range>& all, const std::vector<Range>& covered) {
  std::vector<Range> rest;
  size_t next = 0;
  for (Range range : all) {
    while (next < covered.size() && covered[next].end <= range.begin) next++;
    for (size_t i = next; i < covered.size() && covered[i].begin < range.end; i++) {
      if (covered[i].begin > range.begin) rest.push_back({range.begin, covered[i].begin});
      range.begin = covered[i].end < range.end ? covered[i].end : range.end;
    }
    if (range.begin < range.end) rest.push_back(range);
  }
  return rest;
}

int ExitAtOnce(void*) {
  syscall(SYS_exit, 0);
  __builtin_unreachable();
}

// Would the kernel let this process have one more child (RLIMIT_NPROC, pids.max of the cgroup)? A child that shares the
// memory and is gone at once costs 40 us.
int TryOneChild() {
  alignas(16) char stack[4096];
  const int pid = clone(ExitAtOnce, stack + sizeof stack, CLONE_VM | CLONE_VFORK, nullptr);
  if (pid < 0) return errno;
  ReapClone(pid);
  return 0;
}

int Advise(const Range& range, int advice) {
  return madvise(reinterpret_cast<void*>(range.begin), range.end - range.begin, advice) == 0 ? 0 : errno;
}

// Where the kernel's own pages lie ([vdso] and, right below it, [vvar] and its like): they cannot be advised. They
// never move. Only what the kernel refuses belongs to them: the libraries, and with them whatever the kernel put where
// a hint of V8's could not be followed, often lie right below, too.
const Range& KernelPages() {
  static const Range pages = [] {
    const uintptr_t vdso = getauxval(AT_SYSINFO_EHDR);
    const std::vector<Range> own = OwnMappings();
    size_t i = 0;
    while (i < own.size() && own[i].begin != vdso) i++;
    if (i == own.size()) return Range{vdso, vdso};
    Range range = own[i];
    while (i > 0 && own[i - 1].end == range.begin && Advise(own[i - 1], MADV_DOFORK) == EINVAL) {
      range.begin = own[--i].begin;
    }
    return range;
  }();
  return pages;
}

// The kernel goes through the mappings in order, skips holes (and says ENOMEM at the end), but stops with EINVAL at a
// "special" one (a device's, a profiler's ring). Then each of the rest has its turn alone. After any other error
// (EAGAIN: the kernel has no memory; EPERM: a filter of seccomp) a child would have no heap.
int ShareRange(const Range& range) {
  const int error = range.begin < range.end ? Advise(range, MADV_DOFORK) : 0;
  if (error != EINVAL) return error == ENOMEM ? 0 : error;
  TakeProcError();
  const std::vector<Range> own = OwnMappings();
  if (const int unread = TakeProcError()) return unread;
  for (const Range& mapping : own) {
    if (mapping.begin < range.begin || mapping.end > range.end) continue;
    const int failed = Advise(mapping, MADV_DOFORK);
    // EINVAL: a special one. ENOMEM: another thread has unmapped it.
    if (failed != 0 && failed != EINVAL && failed != ENOMEM) return failed;
  }
  return 0;
}

}  // namespace

void LocateKernelPages() { KernelPages(); }

int HeapInheritance::Survey(size_t heap_size) {
  dont_fork_.clear();
  // What lies in the arena is known.
  if (heap_size < kWorthASurvey + LargePagesInUse()) return TryOneChild();
  // In this order: what another thread maps in between is in neither list, and stays inheritable.
  const std::vector<Range> own = OwnMappings();
  std::vector<Range> inherited;
  const int error = MappingsAfterFork(&inherited);
  if (error != 0 || inherited.empty()) return error;
  for (const Range& range : Subtract(own, inherited)) {
    if (MayBeOfV8(range)) dont_fork_.push_back(range);
  }
  return 0;
}

int HeapInheritance::Share() {
  const Range& kernel = KernelPages();
  // Everything, not what the survey found: what was mapped since then is needed, too.
  if (const int error = ShareRange({kUserSpaceBegin, kernel.begin})) return error;
  return ShareRange({kernel.end, kUserSpaceEnd});
}

void HeapInheritance::Restore() const {
  for (const Range& range : dont_fork_) Advise(range, MADV_DONTFORK);
  MarkLargePagesDontFork();
}

}  // namespace posix_fork
