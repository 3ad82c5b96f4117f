#include "fork/request.h"

namespace posix_fork {

namespace {

std::vector<int> ParseDescriptors(const Napi::Array& array) {
  std::vector<int> fds;
  for (uint32_t i = 0; i < array.Length(); i++) fds.push_back(array.Get(i).As<Napi::Number>().Int32Value());
  return fds;
}

}  // namespace

ForkRequest::ForkRequest(const Napi::CallbackInfo& info)
    : quiesce_timeout(info[0].As<Napi::Number>().Int64Value()),
      heap_size(static_cast<size_t>(info[1].As<Napi::Number>().Int64Value())),
      bare(info[2].As<Napi::Boolean>().Value()),
      skip(info[3].As<Napi::Number>().Uint32Value()),
      inherit_all(info[4].As<Napi::Boolean>().Value()),
      keep(ParseDescriptors(info[5].As<Napi::Array>())),
      connections(ParseDescriptors(info[6].As<Napi::Array>())),
      uncovered_threads(info[7].As<Napi::Boolean>().Value()),
      profilers_must_stop(info[8].As<Napi::Boolean>().Value()),
      noop(info[9]) {}

}  // namespace posix_fork
