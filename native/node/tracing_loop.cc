#include "node/tracing_loop.h"

#include <malloc.h>
#include <uv.h>

#include <cstring>

#include "node/lookup.h"

namespace posix_fork {

namespace {

// node::tracing::Agent* (*)(), both exported: Node 20 and 22, Node 24 and later.
constexpr char kGetAgent[] = "_ZN4node7tracing16TraceEventHelper8GetAgentEv";
constexpr char kGetInstance[] = "_ZN4node7tracing5Agent11GetInstanceEv";

// Before it lie a thread and, since Node 24, the pointer to a vtable.
constexpr size_t kLastOffset = 8 * sizeof(void*);

uv_loop_t* g_tracing_loop = nullptr;

// The handles inside of a loop point to it: no other memory looks like that.
bool IsLoop(const char* address) {
  uv_loop_t loop;
  memcpy(&loop, address, sizeof loop);
  const auto* self = reinterpret_cast<const uv_loop_t*>(address);
  return loop.backend_fd >= 0 && loop.wq_async.loop == self && loop.wq_async.type == UV_ASYNC &&
         loop.child_watcher.loop == self && loop.child_watcher.type == UV_SIGNAL;
}

}  // namespace

std::string LocateTracingLoop() {
  auto get_agent = Lookup<void* (*)()>(kGetAgent);
  if (get_agent == nullptr) get_agent = Lookup<void* (*)()>(kGetInstance);
  if (get_agent == nullptr) return std::string("the node binary does not export ") + kGetInstance;
  auto* agent = static_cast<char*>(get_agent());
  if (agent == nullptr) return "";  // a program that embeds Node without one
  const size_t size = malloc_usable_size(agent);
  for (size_t offset = 0; offset <= kLastOffset && offset + sizeof(uv_loop_t) <= size; offset += sizeof(void*)) {
    if (!IsLoop(agent + offset)) continue;
    g_tracing_loop = reinterpret_cast<uv_loop_t*>(agent + offset);
    return "";
  }
  return "Node's tracing agent does not hold its event loop where it is looked for";
}

int RenewTracingLoopInChild() { return g_tracing_loop == nullptr ? 0 : uv_loop_fork(g_tracing_loop); }

}  // namespace posix_fork
