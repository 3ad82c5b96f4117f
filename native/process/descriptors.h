// Where do descriptors come from, that are close-on-exec from birth?
#pragma once

#include <napi.h>

namespace posix_fork {

/// pipe(cloexec, nonblock): [readFd, writeFd]
Napi::Value Pipe(const Napi::CallbackInfo& info);
/// socketpair(type, cloexec, nonblock): [fd, fd]
Napi::Value Socketpair(const Napi::CallbackInfo& info);
/// dup2(oldFd, newFd, cloexec | null): newFd. null: if both are the same, leave close-on-exec as it is.
Napi::Value Dup2(const Napi::CallbackInfo& info);
/// dup(fd, min, cloexec): the lowest free number from min on.
Napi::Value Dup(const Napi::CallbackInfo& info);
/// close(fd): of those that this addon has made. In a Worker fs.closeSync() would warn.
Napi::Value Close(const Napi::CallbackInfo& info);
/// descriptorFlag(fd, cloexec or else nonblock, set?): what it was.
Napi::Value DescriptorFlag(const Napi::CallbackInfo& info);
/// pidfd(pid): a descriptor, of a child of ours never that of a stranger with the same pid.
Napi::Value Pidfd(const Napi::CallbackInfo& info);
/// flock(fd, operation): boolean. false: LOCK_NB, and somebody else has it.
Napi::Value Flock(const Napi::CallbackInfo& info);
/// closeInForkedChildren(fd), keepInForkedChildren(fd): a descriptor that is this process's alone.
Napi::Value CloseInForkedChildren(const Napi::CallbackInfo& info);
Napi::Value KeepInForkedChildren(const Napi::CallbackInfo& info);

}  // namespace posix_fork
