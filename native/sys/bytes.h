// What does the kernel get for a path, a name, an argument: text, or bytes?
#pragma once

#include <napi.h>

#include <string>

namespace posix_fork {

/// A string as UTF-8, or the bytes of a Uint8Array.
inline std::string Bytes(const Napi::Value& value) {
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  const Napi::Uint8Array bytes = value.As<Napi::Uint8Array>();
  return std::string(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
}

}  // namespace posix_fork
