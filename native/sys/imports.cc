#include "sys/imports.h"

#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

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
    for (size_t i = 0; i < count && import->count < Import::kMaxSlots; i++) {
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
int VisitProgram(dl_phdr_info* info, size_t, void* import) {
  FindSlots(info, static_cast<Import*>(import));
  FindReadOnlyPart(info);
  return 1;
}

}  // namespace

void FindImport(Import* import) { dl_iterate_phdr(VisitProgram, import); }

int RedirectImport(const Import& import, uintptr_t target) {
  const auto page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (size_t i = 0; i < import.count; i++) {
    const auto slot = reinterpret_cast<uintptr_t>(import.slots[i]);
    if (*import.slots[i] == target) continue;
    const bool read_only = slot >= g_read_only.begin && slot < g_read_only.end;
    void* page = reinterpret_cast<void*>(slot & ~(page_size - 1));
    if (read_only && mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) return errno;
    // Other threads may call through it at this moment: they see the one or the other.
    __atomic_store_n(import.slots[i], target, __ATOMIC_RELEASE);
    if (read_only) mprotect(page, page_size, PROT_READ);
  }
  return 0;
}

}  // namespace posix_fork
