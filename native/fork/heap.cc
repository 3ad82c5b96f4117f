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
#include <cstdio>
#include <optional>
#include <string>

#include "node/large_pages.h"
#include "sys/maps_parser.h"
#include "sys/proc.h"
#include "sys/retry.h"

namespace posix_fork {

namespace {

// From this size of V8's heap on, MADV_DONTFORK is restored after a fork. Below it the survey (0.6 ms) costs more than
// what it saves: a heap of 32 MB left inheritable adds about 0.8 ms to a later child_process.spawn (25 us/MB).
// Measured on Linux 6.18; measure again with `npm run bench -- spawn`.
constexpr size_t kWorthASurvey = size_t{32} << 20;

// V8 marks the memory of WebAssembly, too, and reserves at least so many addresses for each WebAssembly.Memory, to
// catch what is out of bounds (kFullGuardSize64, src/objects/backing-store.cc: 10 GB on Node.js 20 and 22, 8 since). A
// process without one has 0.7 to 1.3 GB.
constexpr size_t kAddressesOfWasm = size_t{8} << 30;

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
bool LiesAtHints(const Range& range) {
  constexpr uintptr_t kHintsBegin = uintptr_t{1} << 32;
  constexpr uintptr_t kHintsEnd = uintptr_t{1} << 46;
  return range.begin >= kHintsBegin && range.end <= kHintsEnd;
}
bool MayBeOfV8(const Range& range) {
  constexpr size_t kCodeRange = size_t{128} << 20;
  return LiesAtHints(range) || range.end - range.begin >= kCodeRange;
}

// Which of these, in order, may be V8's? The memory of WebAssembly, which may lie anywhere, is what comes right before
// the addresses that V8 keeps free for it to grow, and to catch what is out of bounds.
std::vector<Range> OfV8(const std::vector<Range>& ranges) {
  constexpr size_t kGuard = kAddressesOfWasm / 2;
  std::vector<Range> found;
  for (size_t i = 0; i < ranges.size(); i++) {
    const bool guarded = i + 1 < ranges.size() && ranges[i].end == ranges[i + 1].begin &&
                         ranges[i + 1].end - ranges[i + 1].begin >= kGuard;
    if (guarded || MayBeOfV8(ranges[i])) found.push_back(ranges[i]);
  }
  return found;
}

// What V8 had already when it got the arena; found by the first fork after that, for all later ones. Where V8 gave some
// of it back, either nothing is there now, or V8 again.
std::optional<std::vector<Range>> g_beside_arena;

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

// Does V8 hold much besides its heap? Left inheritable, 1 GB of WebAssembly's would add 30 ms to each later
// child_process.spawn. V8 does not tell its size (what it says it holds outside of the heap lacks it on Node.js 26, and
// shared memories everywhere), so this goes by what is resident. (Buffers are malloc's, and never marked.)
bool HoldsWasmMemory(size_t heap_size) {
  const std::string text = ReadProc("/proc/self/statm");
  unsigned long size = 0;
  unsigned long resident = 0;
  unsigned long shared = 0;
  if (sscanf(text.c_str(), "%lu %lu %lu", &size, &resident, &shared) != 3) return false;
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size * page > kAddressesOfWasm + LargePagesReserved() &&
         (resident - shared) * page > heap_size + kWorthASurvey;
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
  const bool worth_it = heap_size >= kWorthASurvey + LargePagesInUse() || HoldsWasmMemory(heap_size);
  if (!worth_it && (!UsesLargePages() || g_beside_arena)) {
    if (g_beside_arena) dont_fork_ = *g_beside_arena;
    return TryOneChild();
  }
  // In this order: what another thread maps in between is in neither list, and stays inheritable.
  const std::vector<Range> own = OwnMappings();
  std::vector<Range> inherited;
  const int error = MappingsAfterFork(&inherited);
  if (error != 0 || inherited.empty()) return error;
  dont_fork_ = OfV8(Subtract(own, inherited));
  if (UsesLargePages() && !g_beside_arena) {
    g_beside_arena.emplace();
    for (const Range& range : dont_fork_) {
      if (LiesAtHints(range)) g_beside_arena->push_back(range);
    }
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
