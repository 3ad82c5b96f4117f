// What does a C array of strings look like that lives as long as its owner?
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "sys/bytes.h"

namespace posix_fork {

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
