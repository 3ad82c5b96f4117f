#include "spawn/fd_map.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>

#include "sys/errors.h"

namespace posix_fork {

std::vector<FdMapping> ParseFdMap(const Napi::Array& fds) {
  std::vector<FdMapping> mappings;
  for (uint32_t i = 0; i + 1 < fds.Length(); i += 2) {
    const int target = fds.Get(i).As<Napi::Number>().Int32Value();
    const Napi::Value source = fds.Get(i + 1);
    if (!source.IsNull()) {
      mappings.push_back({target, source.As<Napi::Number>().Int32Value()});
    } else if (fcntl(target, F_GETFD) >= 0) {
      mappings.push_back({target, target});
    }
  }
  return mappings;
}

void CheckFdMap(Napi::Env env, const std::vector<FdMapping>& mappings, const char* syscall, const std::string& path) {
  rlimit limit;
  const bool limited = getrlimit(RLIMIT_NOFILE, &limit) == 0;
  for (const FdMapping& mapping : mappings) {
    const std::string name = "options.fds[" + std::to_string(mapping.target) + "]";
    if (limited && static_cast<rlim_t>(mapping.target) >= limit.rlim_cur) {
      throw SystemError(env, EBADF, syscall, path,
                        name + " is not below RLIMIT_NOFILE, " + std::to_string(limit.rlim_cur));
    }
    if (mapping.source != FdMapping::kNull && fcntl(mapping.source, F_GETFD) < 0) {
      throw SystemError(env, errno, syscall, path,
                        name + " is " + std::to_string(mapping.source) + ", which is not open");
    }
  }
}

}  // namespace posix_fork
