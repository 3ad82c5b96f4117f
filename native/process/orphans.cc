#include "process/orphans.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include <cstdlib>
#include <set>

#include "reap/at_fork.h"
#include "reap/kernel.h"
#include "reap/table.h"
#include "sys/errors.h"
#include "sys/loop.h"
#include "sys/proc.h"

namespace posix_fork {

namespace {

// The children of child_process in this thread: those are reaped by libuv, which would miss them.
std::set<pid_t> ChildrenOfLoop(uv_loop_t* loop) {
  std::set<pid_t> pids;
  uv_walk(
      loop,
      [](uv_handle_t* handle, void* data) {
        if (uv_handle_get_type(handle) != UV_PROCESS) return;
        static_cast<std::set<pid_t>*>(data)->insert(uv_process_get_pid(reinterpret_cast<uv_process_t*>(handle)));
      },
      &pids);
  return pids;
}

// The pid here of a process that /proc has under another, as that of another pid namespace does. 0: it has none here.
pid_t PidHere(const std::string& pid_there) {
  const std::string status = ReadProc(("/proc/" + pid_there + "/status").c_str());
  const size_t line = status.find("\nNSpid:");  // of all namespaces that it is in, the innermost last
  if (line == std::string::npos) return 0;
  const std::string pids = status.substr(line, status.find('\n', line + 1) - line);
  return static_cast<pid_t>(strtol(pids.c_str() + pids.find_last_of("\t ") + 1, nullptr, 10));
}

// Of all processes those whose parent this one is. For kernels without CONFIG_PROC_CHILDREN, which have no list, and
// for the /proc of another pid namespace.
std::vector<pid_t> SearchChildren() {
  std::vector<pid_t> pids;
  DIR* const proc = opendir("/proc");
  if (proc == nullptr) return pids;
  const long self = strtol(ReadProc("/proc/self/stat").c_str(), nullptr, 10);
  while (const dirent* entry = readdir(proc)) {
    const auto pid = static_cast<pid_t>(strtol(entry->d_name, nullptr, 10));
    if (pid <= 0) continue;
    // pid (comm) state ppid …, and comm may contain anything: proc(5)
    const std::string stat = ReadProc(("/proc/" + std::string(entry->d_name) + "/stat").c_str());
    const size_t comm = stat.rfind(") ");
    if (comm != std::string::npos && strtol(stat.c_str() + comm + 4, nullptr, 10) == self) {
      pids.push_back(self == getpid() ? pid : PidHere(entry->d_name));
    }
  }
  closedir(proc);
  return pids;
}

// All children, whoever started them: the kernel lists them by the thread that is their parent.
std::vector<pid_t> AllChildren() {
  const std::vector<pid_t> tids = ThreadIds();
  if (tids.empty() || faccessat(AT_FDCWD, "/proc/thread-self/children", R_OK, 0) != 0) return SearchChildren();
  std::vector<pid_t> pids;
  for (const pid_t tid : tids) {
    const std::string list = ReadProc(("/proc/self/task/" + std::to_string(tid) + "/children").c_str());
    char* rest = nullptr;
    for (const char* word = list.c_str(); const long pid = strtol(word, &rest, 10); word = rest) {
      pids.push_back(static_cast<pid_t>(pid));
    }
  }
  return pids;
}

}  // namespace

Napi::Value ReapOrphans(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  uv_loop_t* loop = LoopOf(env);
  Napi::Array reaped = Napi::Array::New(env);
  // While they are held no child is started. So there is none of ours that the table does not know yet.
  const ForkLock one_at_a_time;
  const NoForks no_forks;
  const std::set<pid_t> others = ChildrenOfLoop(loop);
  for (const pid_t pid : AllChildren()) {
    ReapTable::ChildRef child;
    if (pid <= 0 || others.count(pid) != 0 || ReapTable::Get().Find(pid, &child) != ReapTable::Owner::kOther) continue;
    Status status;
    if (WaitNow(-1, pid, WEXITED, &status) != Report::kStatus) continue;
    reaped.Set(reaped.Length(), Napi::Number::New(env, pid));
    reaped.Set(reaped.Length(), Napi::Number::New(env, status.raw));
  }
  return reaped;
}

}  // namespace posix_fork
