#include "node/runner_threads.h"

#include <pthread.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "node/platform_calls.h"
#include "sys/thread_id.h"

namespace posix_fork {

namespace {

// The runner's std::vector<std::unique_ptr<uv_thread_t>>. NumberOfWorkerThreads() is its size() and reads nothing else;
// so the words of a copy on which its answer depends are where the vector begins and ends, wherever they lie.
struct Vector {
  uintptr_t begin = 0;
  uintptr_t end = 0;
};

Vector FindVector(const Runtime& runtime) {
  constexpr size_t kWord = sizeof(uintptr_t);
  const auto runner = reinterpret_cast<uintptr_t>(runtime.runner);
  std::vector<uintptr_t> copy((runtime.runner_memory.end - runner) / kWord);
  memcpy(copy.data(), runtime.runner, copy.size() * kWord);
  const int count = runtime.count_threads(copy.data());
  Vector found;
  for (uintptr_t& word : copy) {
    const uintptr_t original = word;
    word += kWord;
    const int changed = runtime.count_threads(copy.data());
    word = original;
    if (changed == count - 1) found.begin = original;
    if (changed == count + 1) found.end = original;
  }
  if (found.begin == 0 || found.end != found.begin + static_cast<uintptr_t>(count) * kWord) return {};
  return found;
}

}  // namespace

bool KnowsItsThreads(const Runtime& runtime) {
  const Vector vector = FindVector(runtime);
  return runtime.count_threads(runtime.runner) == 0 || vector.begin != 0;
}

RunnerThreads FindRunnerThreads(const Runtime& runtime) {
  RunnerThreads threads;
  // In a child that has needed none yet, those in the list are its parent's.
  if (!runtime.full() || IsFirstWorkAwaited()) return threads;
  const Vector vector = FindVector(runtime);
  const std::vector<pid_t> alive = ThreadIds();
  for (uintptr_t at = vector.begin; at < vector.end; at += sizeof(pthread_t*)) {
    const auto* thread = *reinterpret_cast<const pthread_t* const*>(at);
    const pid_t tid = thread == nullptr ? 0 : TidOf(*thread);
    // Whatever else this is, it is not the list that we took it for.
    if (std::find(alive.begin(), alive.end(), tid) == alive.end()) return {};
    // The runner starts the scheduler first (WorkerThreadsTaskRunner's constructor, src/node_platform.cc).
    if (at == vector.begin) {
      threads.scheduler = tid;
    } else {
      threads.workers.push_back(tid);
    }
  }
  return threads;
}

}  // namespace posix_fork
