#include "process/large_pages.h"

#include "node/large_pages.h"

namespace posix_fork {

Napi::Value LargePages(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const bool use = info[0].As<Napi::Boolean>();
  const std::vector<std::string> why_not = use ? UseLargePages() : WhyNoLargePages();
  Napi::Array reasons = Napi::Array::New(env);
  for (const std::string& reason : why_not) reasons.Set(reasons.Length(), Napi::String::New(env, reason));
  Napi::Array answer = Napi::Array::New(env);
  answer.Set(0u, Napi::Boolean::New(env, UsesLargePages()));
  answer.Set(1u, Napi::Number::New(env, static_cast<double>(LargePagesInUse())));
  answer.Set(2u, reasons);
  return answer;
}

}  // namespace posix_fork
