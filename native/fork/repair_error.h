// What does a child say that cannot be set up, and how does its parent hear it?
//
// It has no JavaScript yet, and its standard error may lead nowhere. So it also writes into memory that it shares with
// its parent.
#pragma once

#include <napi.h>

namespace posix_fork {

/// Parent, before the fork: makes the memory, once. Without it (ENOMEM) children are heard on stderr alone.
void PrepareRepairErrors();

/// Child: the memory is its parent's to read; a child of its own gets another. Calls nothing.
void ClaimRepairErrorsInChild();

/// Child, about to end: the step that failed, and why. Writes memory, and calls nothing but getpid(2).
void ReportRepairError(const char* step, const char* why);

/// repairErrorOf(pid): what this child said, or undefined.
Napi::Value RepairErrorOf(const Napi::CallbackInfo& info);

}  // namespace posix_fork
