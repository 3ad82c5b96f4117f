#include "sys/imports.h"

#include <elf.h>
#include <link.h>
#include <node_api.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include <cerrno>
#include <cstring>
#include <utility>

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

// The tables that the dynamic linker used to bind an object (elf(5), ld.so(8)).
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

// Where the dynamic linker makes memory of the object read-only once it has bound it.
Range ReadOnlyPart(const dl_phdr_info* info) {
  Range range = {0, 0};
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_GNU_RELRO) continue;
    range.begin = info->dlpi_addr + header.p_vaddr;
    // Whole pages only, as the dynamic linker does it: what shares the last one stays writable.
    const auto page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    range.end = (range.begin + header.p_memsz) & ~(page_size - 1);
  }
  return range;
}

bool HasCode(const dl_phdr_info* info, uintptr_t address) {
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const auto& header = info->dlpi_phdr[i];
    const uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD && address >= begin && address < begin + header.p_memsz) return true;
  }
  return false;
}

// False if there is no room for one.
bool FindSlots(const dl_phdr_info* info, Import* import) {
  const Range read_only = ReadOnlyPart(info);
  const DynamicSection section = ReadDynamicSection(info);
  if (section.symbols == nullptr || section.strings == nullptr) return true;
  for (int table = 0; table < 2; table++) {
    const size_t count = section.bytes[table] / sizeof(Elf64_Rela);
    for (size_t i = 0; i < count; i++) {
      const Elf64_Rela& relocation = section.relocations[table][i];
      const auto type = ELF64_R_TYPE(relocation.r_info);
      if (type != kJumpSlot && type != kGlobalData) continue;
      const Elf64_Sym& symbol = section.symbols[ELF64_R_SYM(relocation.r_info)];
      if (strcmp(section.strings + symbol.st_name, import->name) != 0) continue;
      if (import->count == Import::kMaxSlots) return false;
      const uintptr_t slot = info->dlpi_addr + relocation.r_offset;
      const bool is_protected = slot >= read_only.begin && slot < read_only.end;
      import->slots[import->count++] = {reinterpret_cast<uintptr_t*>(slot), is_protected};
    }
  }
  return true;
}

struct Search {
  Import* import;
  bool first;
};

// The first object that the dynamic linker names is the program itself.
int VisitObject(dl_phdr_info* info, size_t, void* data) {
  auto* search = static_cast<Search*>(data);
  const bool program = std::exchange(search->first, false);
  if (!program && !HasCode(info, reinterpret_cast<uintptr_t>(&napi_create_function)) &&
      !HasCode(info, reinterpret_cast<uintptr_t>(&uv_queue_work)))
    return 0;
  if (FindSlots(info, search->import)) return 0;
  search->import->count = 0;
  return 1;
}

}  // namespace

void FindImport(Import* import) {
  Search search = {import, true};
  dl_iterate_phdr(VisitObject, &search);
}

int RedirectImport(const Import& import, uintptr_t target) {
  const auto page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (size_t i = 0; i < import.count; i++) {
    const auto [word, read_only] = import.slots[i];
    const auto slot = reinterpret_cast<uintptr_t>(word);
    if (*word == target) continue;
    void* page = reinterpret_cast<void*>(slot & ~(page_size - 1));
    if (read_only && mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) return errno;
    // Other threads may call through it at this moment: they see the one or the other.
    __atomic_store_n(word, target, __ATOMIC_RELEASE);
    if (read_only) mprotect(page, page_size, PROT_READ);
  }
  return 0;
}

}  // namespace posix_fork
