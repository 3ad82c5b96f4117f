#include "threads/threads.h"

#include "sys/errors.h"
#include "sys/loop.h"
#include "sys/proc.h"
#include "threads/census.h"

namespace posix_fork {

namespace {

Napi::Object ThreadToObject(Napi::Env env, const Thread& thread) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("tid", Napi::Number::New(env, thread.tid));
  object.Set("name", Napi::String::New(env, thread.name));
  object.Set("kind", Napi::String::New(env, ThreadKindName(thread.kind)));
  object.Set("unnamed", Napi::Boolean::New(env, thread.unnamed));
  object.Set("profiler", Napi::Boolean::New(env, IsProfiler(thread)));
  object.Set("parked", Napi::Boolean::New(env, thread.parked));
  object.Set("syscall", thread.blocked.empty() ? env.Null() : Napi::String::New(env, thread.blocked));
  object.Set("covered", Napi::Boolean::New(env, thread.covered));
  return object;
}

Napi::Object CensusToObject(Napi::Env env, const Census& census) {
  Napi::Array threads = Napi::Array::New(env);
  for (const Thread& thread : census.threads) threads.Set(threads.Length(), ThreadToObject(env, thread));
  Napi::Object object = Napi::Object::New(env);
  object.Set("threads", threads);
  object.Set("operations", Napi::Number::New(env, census.operations));
  return object;
}

}  // namespace

Napi::Value Threads(const Napi::CallbackInfo& info) {
  TakeProcError();
  const Census census = TakeCensus(LoopOf(info.Env()));
  // A list that misses some would be taken for the whole. (The warning before a fork, below, does what it can.)
  if (const int error = TakeProcError()) throw SystemError(info.Env(), error, "open");
  return CensusToObject(info.Env(), census);
}

Napi::Value UncoveredThreads(const Napi::CallbackInfo& info) {
  const Census census = TakeCensusOfUncovered(LoopOf(info.Env()));
  if (census.threads.empty() && census.operations == 0) return info.Env().Null();
  return CensusToObject(info.Env(), census);
}

}  // namespace posix_fork
