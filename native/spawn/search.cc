#include "spawn/search.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace posix_fork {

std::vector<std::string> Candidates(const std::string& name, const std::string& path) {
  std::vector<std::string> candidates;
  size_t begin = 0;
  while (true) {
    const size_t end = path.find(':', begin);
    const std::string directory = path.substr(begin, end == std::string::npos ? end : end - begin);
    candidates.push_back(directory.empty() ? "." : directory);
    candidates.back().append("/").append(name);
    if (end == std::string::npos) return candidates;
    begin = end + 1;
  }
}

std::string PathOf(const std::vector<std::string>& environment) {
  for (const std::string& each : environment) {
    if (each.compare(0, 5, "PATH=") == 0) return each.substr(5);
  }
  return "/bin:/usr/bin";
}

std::string SeenFrom(const std::string& cwd, const std::string& file) {
  return cwd.empty() || file[0] == '/' ? file : cwd + "/" + file;
}

int CheckExecutable(const std::string& file) {
  struct stat info;
  if (stat(file.c_str(), &info) != 0) return errno;
  if (!S_ISREG(info.st_mode)) return EACCES;
  return faccessat(AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

bool SearchGoesOn(int error) {
  switch (error) {
    case EACCES:
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case ESTALE:
    case ENODEV:
    case ETIMEDOUT: return true;
    default: return false;
  }
}

}  // namespace posix_fork
