// Step 8a (child): why would Math.random() not repeat its parent's values?
//
// V8 keeps, per context, the state of a xorshift128+ generator, 64 values in advance, and how many of these are left.
// They are in the copied heap. No V8 API renews them, and not every node binary exports the functions that could.
#pragma once

#include <napi.h>

namespace posix_fork {

/// findMathRandom(latest: number): boolean. Would reseedMathRandom() find the generator? Changes nothing.
Napi::Value FindMathRandom(const Napi::CallbackInfo& info);

/// reseedMathRandom(latest: number): boolean. Child: gives the generator of the current realm a new state. `latest` is
/// what Math.random() has just returned: the generator is recognised by it. False if it was not found, as when
/// Math.random() is not V8's.
Napi::Value ReseedMathRandom(const Napi::CallbackInfo& info);

/// fillRandom(bytes: Uint8Array): void, from getrandom(2). Throws what that says.
Napi::Value FillRandom(const Napi::CallbackInfo& info);

}  // namespace posix_fork
