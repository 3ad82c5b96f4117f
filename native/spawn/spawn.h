// How does another program start, with no JavaScript and no page-table copy between fork and exec?
#pragma once

#include <napi.h>

namespace posix_fork {

/// spawn(file, argv, envp, options): number. options: { cwd?, search?, flags, pgid, foreground, fds: [target, source,
/// …] } (lib/spawn/spawn.ts).
Napi::Value Spawn(const Napi::CallbackInfo& info);

/// spawnSupport(): string[]: the names of the functions that this C library lacks.
Napi::Value SpawnSupport(const Napi::CallbackInfo& info);

}  // namespace posix_fork
