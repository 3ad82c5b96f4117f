// How does one process become two that both work?
#pragma once

#include <napi.h>

namespace posix_fork {

/// At load on the main thread: looks up what can be looked up beforehand.
void PrepareFork();

/// fork(quiesceTimeout: ms, heapSize: bytes, bare: boolean, skip: number, inheritAll: boolean, keep: number[],
/// connections: number[], uncoveredThreads: boolean, profilersMustStop: boolean, noop: () => void): 0 in the child, its
/// pid in the parent.
Napi::Value Fork(const Napi::CallbackInfo& info);

/// restartVmThreads(): void. Child, last of all before fork() returns: from here on the timeout of a node:vm function,
/// or its breakOnSigint, may stop what runs. Before, nothing does: a child that is stopped in the middle of its repair
/// would go on with its parent's code, as nothing that JavaScript knows of can catch this.
Napi::Value RestartVmThreads(const Napi::CallbackInfo& info);

/// stdinWasStopped(): boolean. In a child: true if its parent was reading stdin, so that the child has stopped it.
Napi::Value HasChildProcesses(const Napi::CallbackInfo& info);
Napi::Value StdinWasStopped(const Napi::CallbackInfo& info);
/// stoppedFilePolls(): string[]. In a child: the files that its parent looked at time and again, and it does not.
Napi::Value StoppedFilePolls(const Napi::CallbackInfo& info);
/// outputWasForgotten(): boolean. In a child: true if its parent had still to write something to stdout or stderr.
Napi::Value OutputWasForgotten(const Napi::CallbackInfo& info);
/// inspectorWasDisconnected(): boolean; see inspector_thread.h
Napi::Value InspectorWasDisconnected(const Napi::CallbackInfo& info);
/// exitsPastCleanup(): boolean; see exit.h
Napi::Value ExitsPastCleanup(const Napi::CallbackInfo& info);

/// noteExitCode(code): void; see exit.h
Napi::Value NoteExitCode(const Napi::CallbackInfo& info);
/// exit(code): never; see exit.h
Napi::Value ExitPastCleanup(const Napi::CallbackInfo& info);

}  // namespace posix_fork
