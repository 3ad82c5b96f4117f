#include "fork/dead_threads.h"

#include <elf.h>
#include <link.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

#include "fork/repair_deadline.h"
#include "fork/thread_limits.h"
#include "sys/proc.h"

namespace posix_fork {

namespace {

#if defined(__x86_64__)
constexpr unsigned kJumpSlot = R_X86_64_JUMP_SLOT;
constexpr unsigned kGlobalData = R_X86_64_GLOB_DAT;
#elif defined(__aarch64__)
constexpr unsigned kJumpSlot = R_AARCH64_JUMP_SLOT;
constexpr unsigned kGlobalData = R_AARCH64_GLOB_DAT;
#else
#error "posix-fork knows the relocations of x86-64 and arm64"
#endif

// The words of the node binary that hold the address of an imported function: one in the procedure linkage table, and
// one more where its address is taken.
constexpr size_t kMaxSlots = 4;
struct Import {
  const char* name;
  uintptr_t* slots[kMaxSlots];
  size_t count;
};
Import g_create = {"pthread_create", {}, 0};
Import g_join = {"pthread_join", {}, 0};

// The threads that the node binary has started in this process, since it was forked. Never destroyed: threads may still
// end while the process tears its statics down.
struct Threads {
  std::mutex mutex;
  std::vector<pthread_t> alive;
};
alignas(Threads) unsigned char g_threads_storage[sizeof(Threads)];
Threads& LivingThreads() { return *std::launder(reinterpret_cast<Threads*>(g_threads_storage)); }

// glibc gives the stacks of the dead threads, and with them their handles, to new threads that fit into them. A thread
// of the child must not be mistaken for a dead one that Node still means to join, so none of them fits: each generation
// asks for a little more than its parent's did. (pthread_create(3): a cached stack is taken if it is at least as
// large.)
size_t g_larger_stack = 0;
constexpr size_t kStackStep = size_t{64} * 1024;

int CreateWithStackOfItsOwn(pthread_t* thread, const pthread_attr_t* attr, void* (*start)(void*), void* arg) {
  pthread_attr_t larger;
  size_t size = 0;
  if (attr != nullptr) {
    larger = *attr;  // only read: what it may point to stays the caller's
  } else if (const int error = pthread_attr_init(&larger)) {
    return error;
  }
  int error = pthread_attr_getstacksize(&larger, &size);
  if (error == 0) error = pthread_attr_setstacksize(&larger, size + g_larger_stack);
  if (error == 0) error = pthread_create(thread, &larger, start, arg);
  if (attr == nullptr) pthread_attr_destroy(&larger);
  return error;
}

int CreateInChild(pthread_t* thread, const pthread_attr_t* attr, void* (*start)(void*), void* arg) {
  const std::lock_guard<std::mutex> lock(LivingThreads().mutex);
  const int error = CreateWithStackOfItsOwn(thread, attr, start, arg);
  if (error == 0) LivingThreads().alive.push_back(*thread);
  // Node waits for ever for a worker that it could not start, or aborts.
  if (error != 0 && RepairIsUnderWay()) {
    DieInRepair("pthread_create", error == EAGAIN ? WhyNoThread().c_str() : strerror(error));
  }
  return error;
}

int JoinInChild(pthread_t thread, void** result) {
  {
    const std::lock_guard<std::mutex> lock(LivingThreads().mutex);
    std::vector<pthread_t>& alive = LivingThreads().alive;
    size_t i = 0;
    while (i < alive.size() && !pthread_equal(alive[i], thread)) i++;
    if (i == alive.size()) {
      if (result != nullptr) *result = nullptr;
      return 0;
    }
    alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return pthread_join(thread, result);
}

// The tables that the dynamic linker used to bind the main program (elf(5), ld.so(8)).
struct DynamicSection {
  const Elf64_Sym* symbols = nullptr;
  const char* strings = nullptr;
  const Elf64_Rela* relocations[2] = {nullptr, nullptr};
  size_t bytes[2] = {0, 0};
};

DynamicSection ReadDynamicSection(const dl_phdr_info* info) {
  DynamicSection section;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    if (info->dlpi_phdr[i].p_type != PT_DYNAMIC) continue;
    const auto* entry = reinterpret_cast<const Elf64_Dyn*>(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    for (; entry->d_tag != DT_NULL; entry++) {
      // glibc relocates these addresses in place where the section is writable; musl does not.
      uintptr_t address = entry->d_un.d_ptr;
      if (address < info->dlpi_addr) address += info->dlpi_addr;
      switch (entry->d_tag) {
        case DT_SYMTAB: section.symbols = reinterpret_cast<const Elf64_Sym*>(address); break;
        case DT_STRTAB: section.strings = reinterpret_cast<const char*>(address); break;
        case DT_JMPREL: section.relocations[0] = reinterpret_cast<const Elf64_Rela*>(address); break;
        case DT_PLTRELSZ: section.bytes[0] = entry->d_un.d_val; break;
        case DT_RELA: section.relocations[1] = reinterpret_cast<const Elf64_Rela*>(address); break;
        case DT_RELASZ: section.bytes[1] = entry->d_un.d_val; break;
      }
    }
  }
  return section;
}

void FindSlots(const dl_phdr_info* info, Import* import) {
  const DynamicSection section = ReadDynamicSection(info);
  if (section.symbols == nullptr || section.strings == nullptr) return;
  for (int table = 0; table < 2; table++) {
    const size_t count = section.bytes[table] / sizeof(Elf64_Rela);
    for (size_t i = 0; i < count && import->count < kMaxSlots; i++) {
      const Elf64_Rela& relocation = section.relocations[table][i];
      const auto type = ELF64_R_TYPE(relocation.r_info);
      if (type != kJumpSlot && type != kGlobalData) continue;
      const Elf64_Sym& symbol = section.symbols[ELF64_R_SYM(relocation.r_info)];
      if (strcmp(section.strings + symbol.st_name, import->name) != 0) continue;
      import->slots[import->count++] = reinterpret_cast<uintptr_t*>(info->dlpi_addr + relocation.r_offset);
    }
  }
}

// Where the dynamic linker makes memory read-only once it has bound the program.
Range g_read_only = {0, 0};

void FindReadOnlyPart(const dl_phdr_info* info) {
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_GNU_RELRO) continue;
    g_read_only.begin = info->dlpi_addr + header.p_vaddr;
    // Whole pages only, as the dynamic linker does it: what shares the last one stays writable.
    const auto page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    g_read_only.end = (g_read_only.begin + header.p_memsz) & ~(page_size - 1);
  }
}

// Only the first object that the dynamic linker names is the program itself.
int VisitProgram(dl_phdr_info* info, size_t, void*) {
  FindSlots(info, &g_create);
  FindSlots(info, &g_join);
  FindReadOnlyPart(info);
  return 1;
}

void Redirect(const Import& import, uintptr_t target) {
  const auto page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (size_t i = 0; i < import.count; i++) {
    const auto slot = reinterpret_cast<uintptr_t>(import.slots[i]);
    if (*import.slots[i] == target) continue;
    const bool read_only = slot >= g_read_only.begin && slot < g_read_only.end;
    void* page = reinterpret_cast<void*>(slot & ~(page_size - 1));
    if (read_only && mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) DieInRepair("mprotect", strerror(errno));
    *import.slots[i] = target;
    if (read_only) mprotect(page, page_size, PROT_READ);
  }
}

}  // namespace

std::string LocateThreadCalls() {
  static const std::string missing = [] {
    dl_iterate_phdr(VisitProgram, nullptr);
    for (const Import* import : {&g_create, &g_join}) {
      if (import->count == 0) return std::string("the node binary does not import ") + import->name + " dynamically";
    }
    return std::string();
  }();
  return missing;
}

void ForgetThreadsInChild() {
  // Made new, not emptied: another thread of the parent may have been in the middle of it.
  new (g_threads_storage) Threads();
  g_larger_stack += kStackStep;
  Redirect(g_create, reinterpret_cast<uintptr_t>(CreateInChild));
  Redirect(g_join, reinterpret_cast<uintptr_t>(JoinInChild));
}

}  // namespace posix_fork
