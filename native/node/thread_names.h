// What do Node, V8 and libuv call their own threads? Node from version 24 on, libuv from 1.50 on; others have no names,
// but for V8's profiler.
#pragma once

namespace posix_fork {

// StartIoThread of src/inspector_agent.cc: it waits for SIGUSR1.
inline constexpr char kSignalInspectorName[] = "SignalInspector";
// SigintWatchdogHelper of src/node_watchdog.cc
inline constexpr char kSigintThreadName[] = "SigintWatchdog";
// SamplingEventsProcessor of V8 (src/profiler/cpu-profiler.cc), in Node 20 to 26.
inline constexpr char kProfilerName[] = "v8:ProfEvntProc";
// src/threadpool.c
inline constexpr char kUvWorkerName[] = "libuv-worker";

}  // namespace posix_fork
