#include "fork/repair_error.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <string>

namespace posix_fork {

namespace {

struct Words {
  std::atomic<pid_t> pid;  // whose they are; written last
  char text[252];
};

constexpr size_t kPageSize = 4096;
constexpr unsigned kSlots = 15;

// Zero to begin with, as the kernel gives it.
struct Page {
  std::atomic<unsigned> next;
  char rest[sizeof(Words) - sizeof(std::atomic<unsigned>)];
  Words slots[kSlots];
};
static_assert(sizeof(Page) <= kPageSize && std::atomic<pid_t>::is_always_lock_free);

Page* g_page = nullptr;     // for the children of this process
Page* g_parents = nullptr;  // for this process

void Append(char* text, size_t size, const char* more) {
  size_t at = 0;
  while (at < size - 1 && text[at] != '\0') at++;
  while (at < size - 1 && *more != '\0') text[at++] = *more++;
  text[at] = '\0';
}

}  // namespace

void PrepareRepairErrors() {
  if (g_page != nullptr) return;
  void* const page = mmap(nullptr, kPageSize, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page != MAP_FAILED) g_page = static_cast<Page*>(page);
}

void ClaimRepairErrorsInChild() {
  // An ancestor's page that nobody needs any more stays mapped: one page a generation.
  g_parents = g_page;
  g_page = nullptr;
}

void ReportRepairError(const char* step, const char* why) {
  if (g_parents == nullptr) return;
  Words& words = g_parents->slots[g_parents->next.fetch_add(1) % kSlots];
  words.pid = 0;
  words.text[0] = '\0';
  Append(words.text, sizeof words.text, step);
  Append(words.text, sizeof words.text, ": ");
  Append(words.text, sizeof words.text, why);
  words.pid = getpid();
}

Napi::Value RepairErrorOf(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const pid_t pid = info[0].As<Napi::Number>().Int32Value();
  if (g_page == nullptr) return env.Undefined();
  for (Words& words : g_page->slots) {
    if (words.pid.load() != pid) continue;
    const std::string text = words.text;
    words.pid = 0;  // a later child may get the same pid
    return Napi::String::New(env, text);
  }
  return env.Undefined();
}

}  // namespace posix_fork
