#include "spawn/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "process/limits.h"
#include "reap/at_fork.h"
#include "reap/ignored_ends.h"
#include "reap/table.h"
#include "spawn/blocking_streams.h"
#include "spawn/child.h"
#include "spawn/extensions.h"
#include "spawn/fd_map.h"
#include "spawn/fd_plan.h"
#include "spawn/request.h"
#include "spawn/search.h"
#include "spawn/strings.h"
#include "sys/errors.h"

namespace posix_fork {

namespace {

constexpr int kNone = Request::kNone;

uint64_t Signals(const Napi::Value& list) {
  uint64_t set = 0;
  const Napi::Array signals = list.As<Napi::Array>();
  for (uint32_t i = 0; i < signals.Length(); i++) {
    set |= uint64_t{1} << (signals.Get(i).As<Napi::Number>().Int32Value() - 1);
  }
  return set;
}

// undefined in JavaScript: as the parent has it.
template <typename T>
std::optional<T> Optional(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  return static_cast<T>(value.As<Napi::Number>().Int64Value());
}

std::optional<Who> ParseWho(const Napi::Value& value) {
  if (value.IsUndefined()) return std::nullopt;
  const Napi::Object object = value.As<Napi::Object>();
  Who who;
  who.uid = Optional<uid_t>(object.Get("uid"));
  who.gid = Optional<gid_t>(object.Get("gid"));
  if (!object.Get("groups").IsUndefined()) {
    const Napi::Array groups = object.Get("groups").As<Napi::Array>();
    who.groups.emplace();
    for (uint32_t i = 0; i < groups.Length(); i++) who.groups->push_back(*Optional<gid_t>(groups.Get(i)));
  }
  who.umask = Optional<mode_t>(object.Get("umask"));
  who.nice = Optional<int>(object.Get("nice"));
  who.policy = Optional<int>(object.Get("policy"));
  who.priority = object.Get("priority").As<Napi::Number>().Int32Value();
  const Napi::Array processors = object.Get("affinity").As<Napi::Array>();
  for (uint32_t i = 0; i < processors.Length(); i++) {
    const uint32_t processor = processors.Get(i).As<Napi::Number>().Uint32Value();
    constexpr uint32_t kWord = 8 * sizeof(unsigned long);  // the kernel takes whole ones
    const size_t size = (processor / kWord + 1) * sizeof(unsigned long);
    if (who.affinity.size() < size) who.affinity.resize(size);
    who.affinity[processor / 8] |= static_cast<unsigned char>(1U << (processor % 8));
  }
  const Napi::Array limits = object.Get("limits").As<Napi::Array>();
  for (uint32_t i = 0; i + 2 < limits.Length(); i += 3) {
    who.limits.push_back(
        {limits.Get(i).As<Napi::Number>().Int32Value(), ToLimit(limits.Get(i + 1)), ToLimit(limits.Get(i + 2))});
  }
  who.blocked = Signals(object.Get("blocked"));
  who.ignored = Signals(object.Get("ignored"));
  who.namespaces = object.Get("namespaces").As<Napi::Number>().Int32Value();
  const Napi::Array join = object.Get("join").As<Napi::Array>();
  for (uint32_t i = 0; i < join.Length(); i++) who.join.push_back(join.Get(i).As<Napi::Number>().Int32Value());
  who.cgroup = object.Get("cgroup").As<Napi::Number>().Int32Value();
  who.no_new_privs = object.Get("noNewPrivs").As<Napi::Boolean>().Value();
  return who;
}

Request ParseRequest(const Napi::CallbackInfo& info) {
  const Napi::Object options = info[3].As<Napi::Object>();
  const auto number = [&](const char* name) { return options.Get(name).As<Napi::Number>().Int32Value(); };
  Request request{Bytes(info[0]),
                  Bytes(options.Get("cwd")),
                  options.Get("search").As<Napi::Boolean>().Value(),
                  options.Get("setsid").As<Napi::Boolean>().Value(),
                  number("pgid"),
                  number("foreground"),
                  ParseFdMap(options.Get("fds").As<Napi::Array>()),
                  ParseWho(options.Get("who"))};
  return request;
}

Napi::Error SpawnError(Napi::Env env, int error_number, const std::string& path, const std::string& detail) {
  return SystemError(env, error_number, "spawn", path, detail);
}

// posix_spawn(3) gives one errno for all its steps. What can be checked is checked before, so that the error names it.
void CheckDescriptors(Napi::Env env, const Request& request) {
  CheckFdMap(env, request.fds, "spawn", request.file);
  if (request.foreground == kNone) return;
  if (fcntl(request.foreground, F_GETFD) < 0) {
    throw SpawnError(env, errno, request.file,
                     "options.foreground is " + std::to_string(request.foreground) + ", which is not open");
  }
  if (!isatty(request.foreground)) {
    throw SpawnError(env, ENOTTY, request.file,
                     "options.foreground is " + std::to_string(request.foreground) + ", which is not a terminal");
  }
}

// Whether posix_spawn(3) has what is asked for. If not, StartChild() does, which needs nothing of the C library.
bool CSpawnCan(const Request& request) {
  if (!request.cwd.empty() && Extensions().add_chdir == nullptr) return false;
  return request.foreground == kNone || Extensions().add_tcsetpgrp != nullptr;
}

class Attributes {
 public:
  Attributes() { error_ = posix_spawnattr_init(&attributes_); }
  ~Attributes() {
    if (error_ == 0) posix_spawnattr_destroy(&attributes_);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;

  // What a fresh program expects: every disposition the default (Node ignores SIGPIPE), no signal blocked.
  int Set(const Request& request) {
    if (error_ != 0) return error_;
    sigset_t all, none;
    // Not sigfillset(3): it leaves out the C library's own two, 32 and 33, which would stay ignored.
    memset(&all, 0xff, sizeof all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    if (request.new_session) flags |= POSIX_SPAWN_SETSID;
    if (request.pgid != kNone) {
      flags |= POSIX_SPAWN_SETPGROUP;
      posix_spawnattr_setpgroup(&attributes_, request.pgid);
    }
    return posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
  }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
  int error_;
};

class Actions {
 public:
  Actions() { error_ = posix_spawn_file_actions_init(&actions_); }
  ~Actions() {
    if (error_ == 0) posix_spawn_file_actions_destroy(&actions_);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  int Set(const Request& request) {
    if (error_ != 0) return error_;
    if (request.who) return plan_.Prepare(request.fds);
    if (!request.cwd.empty()) {
      if (const int error = Extensions().add_chdir(&actions_, request.cwd.c_str())) return error;
    }
    if (request.foreground != kNone) {
      if (const int error = AddForeground(request)) return error;
    }
    if (const int error = plan_.Prepare(request.fds)) return error;
    return plan_.AddTo(&actions_);
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }
  std::vector<FdStep> Steps() const { return plan_.Steps(); }

 private:
  // The child's group becomes the foreground one of its controlling terminal, before anything of the child runs. A new
  // session has no controlling terminal yet: its leader gets one by opening it (tty(4) and credentials(7)).
  int AddForeground(const Request& request) {
    if (request.new_session) {
      // Through a duplicate: the number that it is opened at is closed first.
      terminal_ = Fd(fcntl(request.foreground, F_DUPFD_CLOEXEC, 0));
      if (!terminal_) return errno;
      const std::string copy = "/proc/self/fd/" + std::to_string(terminal_.get());
      if (const int error =
              posix_spawn_file_actions_addopen(&actions_, request.foreground, copy.c_str(), O_RDWR | O_CLOEXEC, 0)) {
        return error;
      }
    }
    return Extensions().add_tcsetpgrp(&actions_, request.foreground);
  }

  posix_spawn_file_actions_t actions_;
  int error_;
  FdPlan plan_;
  Fd terminal_;
};

struct Failure {
  int error = 0;
  std::string path;
  std::string detail;
};

// ENOENT and its like do not say of what.
Failure Explain(int error, const std::string& candidate, const Request& request) {
  Failure failure{error, candidate, ""};
  if (!request.cwd.empty()) {
    const Fd directory(open(request.cwd.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    const int why = !directory ? errno : faccessat(AT_FDCWD, request.cwd.c_str(), X_OK, AT_EACCESS) != 0 ? errno : 0;
    if (why == error) return {error, request.cwd, "options.cwd cannot be entered"};
  }
  const std::string seen = SeenFrom(request.cwd, candidate);
  if (error == ENOENT && CheckExecutable(seen) == 0) failure.detail = "its interpreter does not exist";
  return failure;
}

const char* NameOf(Step step) {
  switch (step) {
    case Step::kClone: return "";
    case Step::kJoin: return "cannot be joined (setns)";
    case Step::kIds: return "options.unshare: the ids cannot be mapped (uid_map, gid_map)";
    case Step::kMounts: return "options.unshare: mounts cannot be made private (mount)";
    case Step::kSession: return "options.setsid cannot be had (setsid)";
    case Step::kGroup: return "options.pgid cannot be joined (setpgid)";
    case Step::kDirectory: return "options.cwd cannot be entered";
    case Step::kForeground: return "options.foreground cannot be had (tcsetpgrp)";
    case Step::kDescriptors: return "options.fds cannot be set (dup2)";
    case Step::kUmask: return "options.umask cannot be set (umask)";
    case Step::kAffinity: return "options.affinity cannot be set (sched_setaffinity)";
    case Step::kScheduler: return "options.scheduler cannot be set (sched_setscheduler)";
    case Step::kNice: return "options.nice cannot be set (setpriority)";
    case Step::kLimit: return "cannot be set (setrlimit)";
    case Step::kNoNewPrivs: return "options.noNewPrivs cannot be set (prctl)";
    case Step::kGroups: return "options.groups cannot be set (setgroups)";
    case Step::kGid: return "options.gid cannot be set (setresgid)";
    case Step::kUid: return "options.uid cannot be set (setresuid)";
    case Step::kExec: return "";
  }
  return "";
}

Failure Explain(const StepFailure& failure, const Request& request) {
  if (failure.step == Step::kDirectory) return {failure.error, request.cwd, NameOf(failure.step)};
  std::string detail = NameOf(failure.step);
  const Who& who = *request.who;
  if (failure.step == Step::kLimit)
    detail = "options.limits." + std::string(ResourceName(failure.which)) + " " + detail;
  if (failure.step == Step::kJoin) detail = "options.setns[" + std::to_string(failure.which) + "] " + detail;
  if (failure.step == Step::kClone && who.cgroup >= 0) {
    detail = who.namespaces != 0 ? "options.cgroup cannot be joined, or options.unshare cannot be had (clone3)"
                                 : "options.cgroup cannot be joined (clone3)";
  } else if (failure.step == Step::kClone && who.namespaces != 0) {
    detail = "options.unshare cannot be had (clone)";
  }
  return {failure.error, request.file, detail};
}

// Parent. The child runs in posix_spawn(3) only, between clone(CLONE_VM | CLONE_VFORK) and exec, on a stack of its own,
// with all signals blocked: the C library's code, none of ours. (A child with a `who` is started by StartChild().)
// Returns the pid, or 0 and the failure.
pid_t Start(const Request& request, const Actions& actions, const Attributes& attributes, const StringVector& argv,
            const StringVector& envp, Failure* failure) {
  std::vector<std::string> candidates;
  if (request.search) {
    candidates = Candidates(request.file, PathOf(envp.strings()));
  } else {
    candidates.push_back(request.file);
  }
  const std::vector<FdStep> steps = request.who ? actions.Steps() : std::vector<FdStep>();
  bool tried = false;
  for (const std::string& candidate : candidates) {
    // In another namespace of mounts there may be other files.
    const bool here = !request.who || request.who->join.empty();
    int error = request.search && here ? CheckExecutable(SeenFrom(request.cwd, candidate)) : 0;
    if (error == 0) {
      pid_t pid = 0;
      ReapTable::Registration registration(ReapTable::Get());
      Fd pidfd;
      if (request.who) {
        StepFailure step;
        pid = StartChild(request, steps, candidate.c_str(), argv.get(), envp.get(), &pidfd, &step);
        if (step.error != 0 && step.step != Step::kExec) {
          *failure = Explain(step, request);
          return 0;
        }
        error = step.error;
      } else {
        error = posix_spawn(&pid, candidate.c_str(), actions.get(), attributes.get(), argv.get(), envp.get());
      }
      if (error == 0) {
        registration.Add(pid, std::move(pidfd));
        return pid;
      }
      // The error of a file that is there. That the search finds no other one after it is not the error to report.
      if (!tried) *failure = Explain(error, candidate, request);
      tried = true;
    } else if (!tried && failure->error != EACCES) {
      *failure = {error, request.file, ""};
    }
    if (!SearchGoesOn(error)) break;
  }
  return 0;
}

}  // namespace

Napi::Value Spawn(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Request request = ParseRequest(info);
  // With ends that are ignored its pidfd comes with it then: see ignored_ends.h.
  if (!request.who && (EndsAreIgnored() || !CSpawnCan(request))) request.who.emplace();
  const StringVector argv(info[1].As<Napi::Array>());
  const StringVector envp(info[2].As<Napi::Array>());

  const ForkLock one_at_a_time;
  const NoForks no_forks;  // with what is changed here for a moment: streams that block
  CheckDescriptors(env, request);
  Attributes attributes;
  Actions actions;
  int error = attributes.Set(request);
  if (error == 0) error = actions.Set(request);
  if (error != 0) throw SpawnError(env, error, request.file, "");
  BlockingStreams streams(request.fds);

  Failure failure{ENOENT, request.file, ""};
  const pid_t pid = Start(request, actions, attributes, argv, envp, &failure);
  if (pid == 0) throw SpawnError(env, failure.error, failure.path, failure.detail);
  streams.Keep();
  return Napi::Number::New(env, pid);
}

Napi::Value SpawnSupport(const Napi::CallbackInfo& info) {
  Napi::Array missing = Napi::Array::New(info.Env());
  for (const std::string& name : Extensions().missing) {
    missing.Set(missing.Length(), Napi::String::New(info.Env(), name));
  }
  return missing;
}

}  // namespace posix_fork
