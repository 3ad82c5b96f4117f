#include "terminal/terminal.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include "reap/at_fork.h"
#include "sys/errors.h"
#include "sys/fd.h"
#include "sys/retry.h"
#include "sys/ttou.h"

namespace posix_fork {

namespace {

int Int(const Napi::Value& value) { return value.As<Napi::Number>().Int32Value(); }

// What comes before the control characters in a list.
constexpr uint32_t kFlags = 6;

Napi::Array ToList(Napi::Env env, const termios& attributes) {
  Napi::Array list = Napi::Array::New(env, kFlags + NCCS);
  const speed_t numbers[kFlags] = {attributes.c_iflag, attributes.c_oflag,       attributes.c_cflag,
                                   attributes.c_lflag, cfgetispeed(&attributes), cfgetospeed(&attributes)};
  for (uint32_t i = 0; i < kFlags; i++) list.Set(i, Napi::Number::New(env, numbers[i]));
  for (uint32_t i = 0; i < NCCS; i++) list.Set(kFlags + i, Napi::Number::New(env, attributes.c_cc[i]));
  return list;
}

// Over `attributes`, whose fields of the C library's own stay.
void FromList(const Napi::Array& list, termios* attributes) {
  const auto number = [&](uint32_t i) { return list.Get(i).As<Napi::Number>().Uint32Value(); };
  attributes->c_iflag = number(0);
  attributes->c_oflag = number(1);
  attributes->c_cflag = number(2);
  attributes->c_lflag = number(3);
  cfsetispeed(attributes, number(4));
  cfsetospeed(attributes, number(5));
  for (uint32_t i = 0; i < NCCS; i++) attributes->c_cc[i] = static_cast<cc_t>(number(kFlags + i));
}

// By the master, not by a name that another mount of /dev/pts may have given to another terminal (Linux 4.13).
int OpenPeer(int master) { return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC); }

// Those that keepOpen() has opened, in any thread. Changed with the ForkLock only, so that whoever forks finds all of
// them.
std::vector<int>& Kept() {
  static auto& kept = *new std::vector<int>;
  return kept;
}

void LetClose(int fd) {
  const ForkLock one_at_a_time;
  const auto place = std::find(Kept().begin(), Kept().end(), fd);
  if (place == Kept().end()) return;
  Kept().erase(place);
  close(fd);
}

// Of a Worker that ends and lets none close.
void LetCloseAtEnd(void* fd) { LetClose(static_cast<int>(reinterpret_cast<intptr_t>(fd))); }

void* AsArgument(int fd) { return reinterpret_cast<void*>(static_cast<intptr_t>(fd)); }

}  // namespace

Napi::Value KeepTerminalOpen(const Napi::CallbackInfo& info) {
  int error = 0;
  int fd = -1;
  {
    const ForkLock one_at_a_time;
    Kept().reserve(Kept().size() + 1);
    fd = OpenPeer(Int(info[0]));
    error = errno;
    if (fd >= 0) Kept().push_back(fd);
  }
  if (fd < 0) throw SystemError(info.Env(), error, "openpty");
  napi_add_env_cleanup_hook(info.Env(), LetCloseAtEnd, AsArgument(fd));
  return Napi::Number::New(info.Env(), fd);
}

Napi::Value LetTerminalClose(const Napi::CallbackInfo& info) {
  const int fd = Int(info[0]);
  // First: from its end on, another thread may have the number.
  napi_remove_env_cleanup_hook(info.Env(), LetCloseAtEnd, AsArgument(fd));
  LetClose(fd);
  return info.Env().Undefined();
}

// Child, whose only thread this is: the list was whole at the fork, and no lock is needed for it.
Napi::Value CloseKeptTerminals(const Napi::CallbackInfo& info) {
  for (const int fd : Kept()) {
    napi_remove_env_cleanup_hook(info.Env(), LetCloseAtEnd, AsArgument(fd));  // where it was this thread's
    close(fd);
  }
  Kept().clear();
  return info.Env().Undefined();
}

Napi::Value Openpty(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  // Not openpty(3): neither end of it is close-on-exec from birth.
  Fd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!master) throw SystemError(env, errno, "openpty");
  int unlocked = 0;
  if (ioctl(master.get(), TIOCSPTLCK, &unlocked) != 0) throw SystemError(env, errno, "openpty");
  Fd slave(OpenPeer(master.get()));
  if (!slave) throw SystemError(env, errno, "openpty");
  winsize size = {};
  size.ws_row = static_cast<unsigned short>(Int(info[0]));
  size.ws_col = static_cast<unsigned short>(Int(info[1]));
  if (ioctl(slave.get(), TIOCSWINSZ, &size) != 0) throw SystemError(env, errno, "openpty");
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(uint32_t{0}, Napi::Number::New(env, master.release()));
  pair.Set(uint32_t{1}, Napi::Number::New(env, slave.release()));
  return pair;
}

Napi::Value WindowSize(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  winsize size;
  if (ioctl(Int(info[0]), TIOCGWINSZ, &size) != 0) throw SystemError(env, errno, "ioctl");
  if (!info[1].IsUndefined()) {
    size.ws_row = static_cast<unsigned short>(Int(info[1]));
    size.ws_col = static_cast<unsigned short>(Int(info[2]));
    if (ioctl(Int(info[0]), TIOCSWINSZ, &size) != 0) throw SystemError(env, errno, "ioctl");
  }
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(uint32_t{0}, Napi::Number::New(env, size.ws_row));
  pair.Set(uint32_t{1}, Napi::Number::New(env, size.ws_col));
  return pair;
}

Napi::Value Tcgetattr(const Napi::CallbackInfo& info) {
  termios attributes;
  if (tcgetattr(Int(info[0]), &attributes) != 0) throw SystemError(info.Env(), errno, "tcgetattr");
  return ToList(info.Env(), attributes);
}

Napi::Value Tcsetattr(const Napi::CallbackInfo& info) {
  const int fd = Int(info[0]);
  termios attributes;
  if (tcgetattr(fd, &attributes) != 0) throw SystemError(info.Env(), errno, "tcsetattr");
  FromList(info[2].As<Napi::Array>(), &attributes);
  int result;
  {
    const TtouBlocked blocked;
    result = Retry([&] { return tcsetattr(fd, Int(info[1]), &attributes); });
  }
  if (result != 0) throw SystemError(info.Env(), errno, "tcsetattr");
  return info.Env().Undefined();
}

Napi::Value MakeRaw(const Napi::CallbackInfo& info) {
  termios attributes = {};
  FromList(info[0].As<Napi::Array>(), &attributes);
  cfmakeraw(&attributes);
  return ToList(info.Env(), attributes);
}

}  // namespace posix_fork
