// What does a C array of strings look like that lives as long as its owner? And one string: text, or bytes.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

namespace posix_fork {

/// A string as UTF-8, or the bytes of a Uint8Array.
inline std::string Bytes(const Napi::Value& value) {
  if (value.IsString()) return value.As<Napi::String>().Utf8Value();
  const Napi::Uint8Array bytes = value.As<Napi::Uint8Array>();
  return std::string(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
}

/// argv or envp: null-terminated, made from a JavaScript array of strings and bytes without NUL.
class StringVector {
 public:
  explicit StringVector(const Napi::Array& array) {
    const uint32_t length = array.Length();
    strings_.reserve(length);
    for (uint32_t i = 0; i < length; i++) strings_.push_back(Bytes(array.Get(i)));
    pointers_.reserve(length + 1);
    for (std::string& string : strings_) pointers_.push_back(string.data());
    pointers_.push_back(nullptr);
  }
  StringVector(const StringVector&) = delete;
  StringVector& operator=(const StringVector&) = delete;

  char* const* get() const { return pointers_.data(); }
  const std::vector<std::string>& strings() const { return strings_; }

 private:
  std::vector<std::string> strings_;
  std::vector<char*> pointers_;
};

}  // namespace posix_fork
