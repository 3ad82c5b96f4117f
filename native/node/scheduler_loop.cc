#include "node/scheduler_loop.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "node/loop_shape.h"
#include "node/uv_queue.h"
#include "sys/fd.h"
#include "sys/read_memory.h"

namespace posix_fork {

namespace {

// The runner has a unique_ptr of its DelayedTaskScheduler, whose loop lies behind a queue of tasks and a semaphore: at
// 152 to 232 bytes in Node 20 to 26.
constexpr size_t kLastOffset = 512;
constexpr uintptr_t kLowest = 65536;  // vm.mmap_min_addr

// Where it was found, in this process or one that it was forked from: the same in all.
struct Place {
  size_t word = 0;
  size_t offset = 0;
  bool known = false;
};
Place g_place;

uv_loop_t* LoopAt(uintptr_t address) {
  uv_loop_t loop;
  auto* self = reinterpret_cast<uv_loop_t*>(address);
  return ReadMemory(address, &loop, sizeof loop) && IsOpenLoop(loop, self) ? self : nullptr;
}

// Of the runner; some are padding, which nobody has written, and valgrind would say so.
uintptr_t WordOf(const Runtime& runtime, size_t index) {
  uintptr_t word = 0;
  const auto address = reinterpret_cast<uintptr_t>(runtime.runner) + index * sizeof word;
  return ReadMemory(address, &word, sizeof word) ? word : 0;
}

bool MayBeObject(uintptr_t word) { return word >= kLowest && word % alignof(max_align_t) == 0; }

}  // namespace

uv_loop_t* FindSchedulerLoop(const Runtime& runtime) {
  if (runtime.runner == nullptr) return nullptr;
  if (g_place.known) {
    const uintptr_t object = WordOf(runtime, g_place.word);
    return MayBeObject(object) ? LoopAt(object + g_place.offset) : nullptr;
  }
  const auto runner = reinterpret_cast<uintptr_t>(runtime.runner);
  for (size_t i = 0; i < (runtime.runner_memory.end - runner) / sizeof(uintptr_t); i++) {
    const uintptr_t object = WordOf(runtime, i);
    char copy[kLastOffset + sizeof(uv_loop_t)];
    if (!MayBeObject(object) || !ReadMemory(object, copy, sizeof copy)) continue;
    for (size_t offset = 0; offset <= kLastOffset; offset += sizeof(uintptr_t)) {
      uv_loop_t loop;
      memcpy(&loop, copy + offset, sizeof loop);
      auto* self = reinterpret_cast<uv_loop_t*>(object + offset);
      if (!IsOpenLoop(loop, self)) continue;
      g_place = {i, offset, true};
      return self;
    }
  }
  return nullptr;
}

int LowestNumberOf(const uv_loop_t* loop) {
  return std::min({uv_backend_fd(loop), loop->signal_pipefd[0], loop->signal_pipefd[1], loop->async_io_watcher.fd});
}

int LetGoOfSchedulerLoopInChild(const uv_loop_t* loop, int own) {
  for (const int fd : {loop->signal_pipefd[0], loop->signal_pipefd[1], loop->async_io_watcher.fd, loop->async_wfd}) {
    if (fd < 0) continue;  // an eventfd has one number
    if (const int error = DuplicateOnto(own, fd)) return error;
  }
  return 0;
}

void CloseSchedulerLoopInChild(uv_loop_t* loop) {
  Clear(AsQueue(&loop->handle_queue));
  Clear(AsQueue(&loop->async_handles));  // uv_loop_close would wait for those who are about to wake it
  loop->active_reqs.count = 0;
  uv_loop_close(loop);
}

Fact SchedulerLoopFact(const Runtime& runtime) {
  return {"node::DelayedTaskScheduler::loop_", "the runner points to an object that has an event loop",
          "each generation of children has four or five descriptors more than the one before",
          HoldsIf(FindSchedulerLoop(runtime) != nullptr)};
}

}  // namespace posix_fork
