// What does /proc say about this process and its threads?
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sys/fd.h"

namespace posix_fork {

/// A half-open range of addresses.
struct Range {
  uintptr_t begin;
  uintptr_t end;
};

/// The errno of the latest of the functions below, on this thread, that could not look (EMFILE, ENOMEM), or 0; and 0
/// from here on. What says something about the process itself (a thread has ended, the user has changed) is no such
/// error.
int TakeProcError();

/// The whole of a small /proc file, or an empty string where it cannot be read (the thread has ended, say).
std::string ReadProc(const char* path);

/// The ids of all threads of this process; empty where /proc is not to be had, or is that of another pid namespace,
/// which has other ids for them.
std::vector<pid_t> ThreadIds();

/// What /proc/self/task/<tid>/syscall says: the system call that a thread is blocked in, and its arguments.
struct BlockedIn {
  bool known = false;  // the file could be read
  bool running = false;
  long number = -1;  // -1 also for a thread that is blocked outside of a system call (a page fault)
  uint64_t args[6] = {};
  uint64_t stack_pointer = 0;
};
BlockedIn ReadBlockedIn(pid_t tid);

/// The file behind it, to be read again and again. It stays readable when the process changes its user, after which it
/// can no longer be opened: the files of a process that is not "dumpable" belong to root (proc(5), PR_SET_DUMPABLE).
Fd OpenBlockedIn(pid_t tid);
BlockedIn ReadBlockedIn(const Fd& file);

/// How often the scheduler has put this thread on a processor (the third word of schedstat), or -1. While the number
/// stands still, the thread has not run.
int64_t ReadTimeslices(pid_t tid);

/// The name of a system call for messages: "futex", or "syscall 449".
std::string SyscallName(long number);

/// The mappings of this process, in order.
std::vector<Range> OwnMappings();

}  // namespace posix_fork
