#include "node/tracing_loop.h"

#include <malloc.h>
#include <uv.h>

#include <cstring>

#include "node/lookup.h"
#include "node/loop_shape.h"

namespace posix_fork {

namespace {

// node::tracing::Agent* (*)(), both exported: Node 20 and 22, Node 24 and later.
constexpr char kGetAgent[] = "_ZN4node7tracing16TraceEventHelper8GetAgentEv";
constexpr char kGetInstance[] = "_ZN4node7tracing5Agent11GetInstanceEv";

// Before it lie a thread and, since Node 24, the pointer to a vtable.
constexpr size_t kLastOffset = 8 * sizeof(void*);

uv_loop_t* g_tracing_loop = nullptr;

bool IsLoop(const char* address) {
  uv_loop_t loop;
  memcpy(&loop, address, sizeof loop);
  return IsOpenLoop(loop, reinterpret_cast<const uv_loop_t*>(address));
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
