// A library that lets one system call fail: preloaded, it stands before the C library; required by a test, it is the addon
// that says which. Calls count that come from posix_fork.node, or from anybody.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <node_api.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum Side { kParent, kChild };
// How a call tells that it has failed: by -1 and errno, by its value, or by NULL and errno.
enum How { kMinusOne, kValue, kNull };

#define MAX_NAMES 160
// Shared with the children that are forked while it is there.
static struct Shared {
  pid_t pid;  // of the parent; 0: nothing is counted
  int anybody;
  int id;  // of the call that is to fail, or -1
  int error;
  int nth;  // from 1; 0: each
  enum Side side;
  int injected;
  int kill_at;   // who makes the n-th call is killed there; 0: nobody is
  int kill_own;  // of this process's own calls, or of all its children's
  int calls;     // of those, so far
  int seen[2][MAX_NAMES];
} * g_shared;
typedef long (*Function)(long, long, long, long, long, long, long);
static Function g_real_syscall;
static const char* g_names[MAX_NAMES];
static int g_count;
static uintptr_t g_begin, g_end;

static int IdOf(const char* name) {
  for (int i = 0; i < g_count; i++) {
    if (strcmp(g_names[i], name) == 0) return i;
  }
  g_names[g_count] = name;
  return g_count++;
}

// The errno that this call is to fail with, or 0.
static int Fault(int id, const void* caller) {
  struct Shared* shared = g_shared;
  if (shared == NULL || shared->pid == 0) return 0;
  if (shared->kill_at != 0 && (getpid() == shared->pid) == (shared->kill_own != 0) &&
      __atomic_add_fetch(&shared->calls, 1, __ATOMIC_SEQ_CST) == shared->kill_at) {
    g_real_syscall(SYS_kill, getpid(), SIGKILL, 0, 0, 0, 0);
  }
  const uintptr_t address = (uintptr_t)caller;
  if (!shared->anybody && (address < g_begin || address >= g_end)) return 0;
  const enum Side side = getpid() == shared->pid ? kParent : kChild;
  const int seen = __atomic_add_fetch(&shared->seen[side][id], 1, __ATOMIC_SEQ_CST);
  if (id != shared->id || side != shared->side || (shared->nth != 0 && seen != shared->nth)) return 0;
  __atomic_add_fetch(&shared->injected, 1, __ATOMIC_SEQ_CST);
  return shared->error;
}

static long Fail(enum How how, int error) {
  if (how == kValue) return error;
  errno = error;
  return how == kNull ? 0 : -1;
}

#define SEVEN long a, long b, long c, long d, long e, long f, long g

// All arguments travel in registers (but the seventh, of syscall(2)), so one signature fits every call.
#define WRAP(name, how, real_call)                                     \
  static Function real_##name;                                         \
  static int id_##name;                                                \
  __attribute__((constructor)) static void Init_##name(void) {         \
    real_##name = (Function)dlsym(RTLD_NEXT, #name);                   \
    id_##name = IdOf(#name);                                           \
  }                                                                    \
  long Wrapped_##name(SEVEN) __asm__(#name);                           \
  __attribute__((visibility("default"))) long Wrapped_##name(SEVEN) {  \
    if (real_##name == NULL) Init_##name();                            \
    const int error = Fault(id_##name, __builtin_return_address(0));   \
    if (error == 0) return real_##name(a, b, c, d, e, f, g);           \
    real_call;                                                         \
    return Fail(how, error);                                           \
  }
#define CALL(name) WRAP(name, kMinusOne, (void)0)
#define GIVES_ERROR(name) WRAP(name, kValue, (void)0)
#define GIVES_NULL(name) WRAP(name, kNull, (void)0)
// What it releases is released even if it says that it failed.
#define RELEASES(name) WRAP(name, kMinusOne, real_##name(a, b, c, d, e, f, g))

// clang-format off
CALL(bind) CALL(chdir) CALL(clone) CALL(dup3) CALL(epoll_create1) CALL(epoll_ctl) CALL(epoll_pwait) CALL(epoll_wait) CALL(eventfd) CALL(execve)
CALL(faccessat) CALL(fcntl) CALL(fcntl64) CALL(flock) CALL(fork) CALL(ftruncate) CALL(ftruncate64) CALL(getpgid) CALL(getpriority) CALL(getrandom) CALL(getrlimit)
CALL(getrlimit64) CALL(getsid) CALL(getsockopt) CALL(inotify_init1) CALL(ioctl) CALL(kill) CALL(listen) CALL(lseek) CALL(lseek64) CALL(madvise) CALL(memfd_create) CALL(mkfifo)
CALL(mmap) CALL(mmap64) CALL(mprotect) CALL(nanosleep) CALL(open) CALL(open64) CALL(pipe2) CALL(poll) CALL(posix_openpt) CALL(prctl)
CALL(process_vm_readv) CALL(pread) CALL(pread64) CALL(read) CALL(recvmsg) CALL(sendmsg) CALL(setitimer) CALL(setns) CALL(setpgid) CALL(setpriority) CALL(setsid) CALL(setsockopt) CALL(shutdown) CALL(sigaction)
CALL(sigprocmask) CALL(socket) CALL(socketpair) CALL(stat) CALL(stat64) CALL(tcgetattr) CALL(tcgetpgrp) CALL(tcsetattr) CALL(tcsetpgrp) CALL(usleep)
CALL(waitpid) CALL(write) CALL(writev)
GIVES_ERROR(__register_atfork) GIVES_ERROR(posix_spawn) GIVES_ERROR(posix_spawn_file_actions_addclose)
GIVES_ERROR(posix_spawn_file_actions_adddup2) GIVES_ERROR(posix_spawn_file_actions_addopen)
GIVES_ERROR(posix_spawn_file_actions_init) GIVES_ERROR(posix_spawnattr_init) GIVES_ERROR(pthread_attr_init)
GIVES_ERROR(pthread_create) GIVES_ERROR(pthread_getcpuclockid) GIVES_ERROR(pthread_sigmask)
GIVES_NULL(opendir) GIVES_NULL(readdir) GIVES_NULL(readdir64)
RELEASES(close) RELEASES(closedir) RELEASES(munmap)
// clang-format on

// The wrapper would return twice from one frame, so a fork takes its place: for a child that ends at once it is the same.
static int g_vfork;
__attribute__((constructor)) static void InitVfork(void) { g_vfork = IdOf("vfork"); }
long WrappedVfork(void) __asm__("vfork");
__attribute__((visibility("default"))) long WrappedVfork(void) {
  const int error = Fault(g_vfork, __builtin_return_address(0));
  return error == 0 ? real_fork(0, 0, 0, 0, 0, 0, 0) : Fail(kMinusOne, error);
}

// Those of syscall(2) that the addon uses.
static const struct {
  long number;
  const char* name;
} kSyscalls[] = {
    {SYS_waitid, "SYS_waitid"},
    {SYS_pidfd_open, "SYS_pidfd_open"},
    {SYS_pidfd_send_signal, "SYS_pidfd_send_signal"},
    {SYS_futex, "SYS_futex"},
    {SYS_openat, "SYS_openat"},
    {SYS_read, "SYS_read"},
    {SYS_clone, "SYS_clone"},
    {SYS_prlimit64, "SYS_prlimit64"},
    {SYS_clone3, "SYS_clone3"},
    {SYS_close_range, "SYS_close_range"},
    {SYS_mount, "SYS_mount"},
    {SYS_execveat, "SYS_execveat"},
    {SYS_sched_setaffinity, "SYS_sched_setaffinity"},
    {SYS_sched_setscheduler, "SYS_sched_setscheduler"},
    {SYS_setgroups, "SYS_setgroups"},
    {SYS_setresgid, "SYS_setresgid"},
    {SYS_setresuid, "SYS_setresuid"},
};
#define SYSCALLS (sizeof kSyscalls / sizeof *kSyscalls)
static int g_syscall_ids[SYSCALLS];
static int g_waitid_pid;
static int g_other;
__attribute__((constructor)) static void InitSyscall(void) {
  g_real_syscall = (Function)dlsym(RTLD_NEXT, "syscall");
  for (size_t i = 0; i < SYSCALLS; i++) g_syscall_ids[i] = IdOf(kSyscalls[i].name);
  g_waitid_pid = IdOf("SYS_waitid(P_PID)");
  g_other = IdOf("SYS_exit");  // cannot fail, either
}
long WrappedSyscall(SEVEN) __asm__("syscall");
__attribute__((visibility("default"))) long WrappedSyscall(SEVEN) {
  if (g_real_syscall == NULL) InitSyscall();
  int id = a == SYS_exit || a == SYS_exit_group || a == SYS_gettid ? g_other : IdOf("another system call");
  for (size_t i = 0; i < SYSCALLS; i++) {
    if (kSyscalls[i].number == a) id = g_syscall_ids[i];
  }
  // The one is new, and refused with EINVAL by old kernels; the other is not.
  if (a == SYS_waitid && b == P_PID) id = g_waitid_pid;
  const int error = Fault(id, __builtin_return_address(0));
  return error == 0 ? g_real_syscall(a, b, c, d, e, f, g) : Fail(kMinusOne, error);
}

static int FindAddon(struct dl_phdr_info* info, size_t size, void* data) {
  (void)size;
  (void)data;
  if (strstr(info->dlpi_name, "/posix_fork.node") == NULL) return 0;
  g_begin = UINTPTR_MAX;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type != PT_LOAD) continue;
    const uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
    if (begin < g_begin) g_begin = begin;
    if (begin + info->dlpi_phdr[i].p_memsz > g_end) g_end = begin + info->dlpi_phdr[i].p_memsz;
  }
  return 1;
}

static int32_t Int(napi_env env, napi_value value) {
  int32_t number = 0;
  napi_get_value_int32(env, value, &number);
  return number;
}

// arm(name, errno, nth, inChild, anybody): from here on it fails. An empty name: only count.
static napi_value Arm(napi_env env, napi_callback_info info) {
  size_t count = 5;
  napi_value args[5];
  char name[64] = "";
  napi_get_cb_info(env, info, &count, args, NULL, NULL);
  napi_get_value_string_utf8(env, args[0], name, sizeof name, NULL);
  if (g_end == 0) dl_iterate_phdr(FindAddon, NULL);
  memset(g_shared, 0, sizeof *g_shared);
  g_shared->id = -1;
  for (int i = 0; i < g_count; i++) {
    if (strcmp(g_names[i], name) == 0) g_shared->id = i;
  }
  if (g_end == 0 || (name[0] != '\0' && g_shared->id < 0)) napi_throw_error(env, NULL, "no such call, or no addon");
  g_shared->error = Int(env, args[1]);
  g_shared->nth = Int(env, args[2]);
  g_shared->side = Int(env, args[3]) ? kChild : kParent;
  g_shared->anybody = Int(env, args[4]);
  g_shared->pid = getpid();
  return NULL;
}

// killAt(n, own): a child is killed as it makes the n-th call from now on, of all that children make; or this process is, at one of its own.
// Returns how many they made before.
static napi_value KillAt(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value args[2];
  bool own = false;
  napi_get_cb_info(env, info, &count, args, NULL, NULL);
  napi_get_value_bool(env, args[1], &own);
  g_shared->pid = getpid();
  g_shared->id = -1;
  g_shared->kill_at = 0;
  g_shared->kill_own = own;
  napi_value result;
  napi_create_int32(env, __atomic_exchange_n(&g_shared->calls, 0, __ATOMIC_SEQ_CST), &result);
  g_shared->kill_at = Int(env, args[0]);
  return result;
}

// disarm(): how often a call has failed.
static napi_value Disarm(napi_env env, napi_callback_info info) {
  (void)info;
  g_shared->pid = 0;
  napi_value result;
  napi_create_int32(env, g_shared->injected, &result);
  return result;
}

// seen(): { name: [by the parent, by its children] }
static napi_value Seen(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  napi_create_object(env, &result);
  for (int i = 0; i < g_count; i++) {
    if (g_shared->seen[kParent][i] + g_shared->seen[kChild][i] == 0) continue;
    napi_value pair;
    napi_create_array(env, &pair);
    for (int side = 0; side < 2; side++) {
      napi_value number;
      napi_create_int32(env, g_shared->seen[side][i], &number);
      napi_set_element(env, pair, (uint32_t)side, number);
    }
    napi_set_named_property(env, result, g_names[i], pair);
  }
  return result;
}

// names(): all calls that can be made to fail.
static napi_value Names(napi_env env, napi_callback_info info) {
  (void)info;
  napi_value result;
  napi_create_array(env, &result);
  for (int i = 0; i < g_count; i++) {
    napi_value name;
    napi_create_string_utf8(env, g_names[i], NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, result, (uint32_t)i, name);
  }
  return result;
}

NAPI_MODULE_INIT() {
  if (g_shared == NULL) {
    g_shared = mmap(NULL, sizeof *g_shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  }
  const napi_property_descriptor functions[] = {
      {"arm", NULL, Arm, NULL, NULL, NULL, napi_default, NULL},
      {"killAt", NULL, KillAt, NULL, NULL, NULL, napi_default, NULL},
      {"disarm", NULL, Disarm, NULL, NULL, NULL, napi_default, NULL},
      {"seen", NULL, Seen, NULL, NULL, NULL, napi_default, NULL},
      {"names", NULL, Names, NULL, NULL, NULL, napi_default, NULL},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
