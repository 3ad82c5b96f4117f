// Does the reap table hold when many threads use it at once? A plain program, so that ThreadSanitizer can watch it:
// scripts/tsan.mjs. Children are made with clone(2) itself, because the sanitizer does not follow a threaded fork(3).
#include "reap/table.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

using posix_fork::Outcome;
using posix_fork::ReapTable;

namespace {

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      abort();                                                                  \
    }                                                                           \
  } while (0)

const ReapTable::GoOn kAlways = [] { return true; };

// A child that ends with `code`, or waits for a signal if that is -1. `wanted`: which pid, or 0.
pid_t Start(ReapTable& table, int code, pid_t wanted = 0) {
  ReapTable::Registration registration(table);
  // struct clone_args (clone(2)), up to set_tid_size
  struct {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
  } args = {};
  args.exit_signal = SIGCHLD;
  args.set_tid = wanted != 0 ? reinterpret_cast<uint64_t>(&wanted) : 0;
  args.set_tid_size = wanted != 0 ? 1 : 0;
  const long pid = syscall(SYS_clone3, &args, sizeof args);
  if (pid == 0) {
    while (code < 0) syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 0);
    syscall(SYS_exit_group, code);
  }
  if (pid > 0) registration.Add(static_cast<pid_t>(pid));
  return static_cast<pid_t>(pid);
}

ReapTable::ChildRef Ours(ReapTable& table, pid_t pid) {
  ReapTable::ChildRef child;
  CHECK(table.Find(pid, &child) == ReapTable::Owner::kPackage);
  return child;
}

bool Exited(const Outcome& outcome, pid_t pid, int code) {
  return outcome.kind == Outcome::Kind::kStatus && outcome.status.pid == pid && outcome.status.raw == code << 8;
}

// Every thread starts children and waits for its own and its neighbour's, in all ways, while one sends signals and
// lists.
void Storm(int threads, int each) {
  ReapTable table;
  std::vector<std::atomic<pid_t>> latest(static_cast<size_t>(threads));
  std::atomic<bool> done{false};
  std::atomic<int> told{0};
  std::vector<std::thread> running;
  for (int self = 0; self < threads; self++) {
    running.emplace_back([&, self] {
      for (int i = 0; i < each; i++) {
        const int code = (self * 31 + i) % 200;
        const pid_t pid = Start(table, code);
        CHECK(pid > 0);
        latest[static_cast<size_t>(self)] = pid;
        const ReapTable::ChildRef child = Ours(table, pid);
        std::thread second([&] { CHECK(Exited(table.Wait(child, 0, kAlways), pid, code)); });
        CHECK(Exited(table.Wait(child, i % 2 ? WUNTRACED : 0, kAlways), pid, code));
        second.join();
        CHECK(Exited(table.Wait(child, WNOHANG, kAlways), pid, code));
        CHECK(table.Kill(pid, 0) == ESRCH);
        told++;
        const pid_t neighbours = latest[static_cast<size_t>((self + 1) % threads)];
        ReapTable::ChildRef theirs;
        if (neighbours != 0 && table.Find(neighbours, &theirs) == ReapTable::Owner::kPackage) {
          CHECK(table.Wait(theirs, 0, kAlways).kind == Outcome::Kind::kStatus);
        }
      }
    });
  }
  std::thread others([&] {
    while (!done) {
      for (const ReapTable::Listed& listed : table.List()) {
        if (listed.outcome.kind == Outcome::Kind::kNone) table.Kill(listed.pid, 0);
      }
      usleep(1000);
    }
  });
  for (std::thread& thread : running) thread.join();
  done = true;
  others.join();
  CHECK(told == threads * each);
}

// Threads that wait for whichever comes next share the children among them: each is told once.
void AnyStorm(int threads, int each) {
  ReapTable table;
  std::atomic<int> seen[256] = {};
  std::vector<pid_t> pids;
  const pid_t keep = Start(table, -1);  // so that nobody is told ECHILD before all are started
  std::vector<std::thread> running;
  for (int self = 0; self < threads; self++) {
    running.emplace_back([&] {
      for (int i = 0; i < each; i++) {
        const Outcome outcome = table.WaitAny(-1, i % 2 ? WUNTRACED : 0, kAlways);
        CHECK(outcome.kind == Outcome::Kind::kStatus);
        seen[outcome.status.raw >> 8]++;
      }
    });
  }
  for (int i = 0; i < threads * each; i++) CHECK(Start(table, i % 256) > 0);
  for (std::thread& thread : running) thread.join();
  for (int i = 0; i < threads * each; i++) seen[i % 256]--;
  for (const auto& count : seen) CHECK(count == 0);
  CHECK(table.WaitAny(-1, WNOHANG, kAlways).kind == Outcome::Kind::kNone);
  CHECK(table.Kill(keep, SIGKILL) == 0);
  CHECK(table.WaitAny(-1, 0, kAlways).status.raw == SIGKILL);
  CHECK(table.WaitAny(-1, 0, kAlways).kind == Outcome::Kind::kNoChild);
}

void PidReuse() {
  ReapTable table;
  const pid_t pid = Start(table, 3);
  const ReapTable::ChildRef first = Ours(table, pid);
  CHECK(Exited(table.Wait(first, 0, kAlways), pid, 3));
  const pid_t again = Start(table, 4, pid);
  if (again < 0) {
    puts("skipped: pid reuse (clone3 with set_tid needs CAP_CHECKPOINT_RESTORE)");
    return;
  }
  CHECK(again == pid);
  const ReapTable::ChildRef second = Ours(table, pid);
  CHECK(second != first);
  CHECK(Exited(table.Wait(second, 0, kAlways), pid, 4));
  CHECK(Exited(table.Wait(first, 0, kAlways), pid, 3));  // who had asked for the first is told of the first

  // Missed: something else reaped one of ours, and the kernel has given its pid to the next.
  const pid_t missed = Start(table, 5);
  const ReapTable::ChildRef stolen = Ours(table, missed);
  CHECK(waitpid(missed, nullptr, 0) == missed);
  CHECK(Start(table, 6, missed) == missed);
  const Outcome of_stolen = table.Wait(stolen, 0, kAlways);
  CHECK(Exited(of_stolen, missed, 5) || of_stolen.kind == Outcome::Kind::kStatusLost);
  CHECK(Exited(table.Wait(Ours(table, missed), 0, kAlways), missed, 6));
}

void History() {
  ReapTable table(10);
  std::vector<pid_t> pids;
  for (int i = 0; i < 25; i++) {
    pids.push_back(Start(table, i));
    CHECK(Exited(table.Wait(Ours(table, pids.back()), 0, kAlways), pids.back(), i));
  }
  CHECK(table.List().size() == 10);
  for (size_t i = 0; i < pids.size(); i++) {
    ReapTable::ChildRef child;
    CHECK(table.Find(pids[i], &child) == (i < 15 ? ReapTable::Owner::kNone : ReapTable::Owner::kPackage));
  }
}

long ResidentKilobytes() {
  FILE* file = fopen("/proc/self/statm", "r");
  long ignored, pages = 0;
  if (file == nullptr || fscanf(file, "%ld %ld", &ignored, &pages) != 2) abort();
  fclose(file);
  return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

// How much a full history takes: the figure at ReapTable::kHistory.
void Memory() {
  ReapTable table;
  const long before = ResidentKilobytes();
  for (size_t i = 0; i < ReapTable::kHistory; i++) {
    ReapTable::ChildRef child;
    const pid_t pid = Start(table, 0);
    if (table.Find(pid, &child) == ReapTable::Owner::kPackage) table.Wait(child, 0, kAlways);
  }
  printf("%zu ended children: %ld kB\n", table.List().size(), ResidentKilobytes() - before);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string only = argc > 1 ? argv[1] : "";
  if (only == "memory") {
    Memory();
    return 0;
  }
  const int scale = argc > 1 ? atoi(argv[1]) : 1;
  Storm(6, 40 * scale);
  AnyStorm(4, 60 * scale);
  PidReuse();
  History();
  puts("ok");
  return 0;
}
