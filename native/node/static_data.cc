#include "node/static_data.h"

#include <link.h>
#include <node_api.h>
#include <uv.h>

#include <vector>

#include "sys/proc.h"

namespace posix_fork {

namespace {

bool Contains(const dl_phdr_info* info, uintptr_t address) {
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const auto& header = info->dlpi_phdr[i];
    const uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_LOAD && address >= begin && address < begin + header.p_memsz) return true;
  }
  return false;
}

int AddWritableSegments(dl_phdr_info* info, size_t, void* data) {
  const bool node = Contains(info, reinterpret_cast<uintptr_t>(&napi_create_function)) ||
                    Contains(info, reinterpret_cast<uintptr_t>(&uv_queue_work));
  for (int i = 0; node && i < info->dlpi_phnum; i++) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_LOAD || !(header.p_flags & PF_W)) continue;
    const uintptr_t begin = info->dlpi_addr + header.p_vaddr;
    static_cast<std::vector<Range>*>(data)->push_back({begin, begin + header.p_memsz});
  }
  return 0;
}

}  // namespace

bool InNodeData(uintptr_t address) {
  static const std::vector<Range> segments = [] {
    std::vector<Range> found;
    dl_iterate_phdr(AddWritableSegments, &found);
    return found;
  }();
  for (const Range& segment : segments) {
    if (address >= segment.begin && address < segment.end) return true;
  }
  return false;
}

}  // namespace posix_fork
