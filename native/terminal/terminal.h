// What is a terminal, to those who make one or set one up?
#pragma once

#include <napi.h>

namespace posix_fork {

/// openpty(rows, cols): [master, slave], close-on-exec; the master does not block.
Napi::Value Openpty(const Napi::CallbackInfo& info);
/// keepOpen(master): the terminal behind it, opened once more, close-on-exec, until letClose().
Napi::Value KeepTerminalOpen(const Napi::CallbackInfo& info);
/// letClose(terminal)
Napi::Value LetTerminalClose(const Napi::CallbackInfo& info);
/// Child: closeKept(). What any thread of the parent had kept open.
Napi::Value CloseKeptTerminals(const Napi::CallbackInfo& info);
/// windowSize(fd, rows?, cols?): [rows, cols] as they are then.
Napi::Value WindowSize(const Napi::CallbackInfo& info);
/// tcgetattr(fd): [iflag, oflag, cflag, lflag, ispeed, ospeed, ...cc]
Napi::Value Tcgetattr(const Napi::CallbackInfo& info);
/// tcsetattr(fd, action, list as above)
Napi::Value Tcsetattr(const Napi::CallbackInfo& info);
/// makeRaw(list): the same list, as cfmakeraw(3) changes it.
Napi::Value MakeRaw(const Napi::CallbackInfo& info);

}  // namespace posix_fork
