// Which file does a name without a slash mean?
//
// posix_spawnp(3) asks the parent's PATH, of the C library's environment, which Node's other threads may be changing.
// Users expect the PATH of the environment that they pass, as child_process does it; so the search is done here.
#pragma once

#include <string>
#include <vector>

namespace posix_fork {

/// The files that `name` may mean, in the order of `path` (as in execvp(3): an empty element is the current directory).
std::vector<std::string> Candidates(const std::string& name, const std::string& path);

/// What execvp(3) searches: PATH of the environment, or confstr(_CS_PATH).
std::string PathOf(const std::vector<std::string>& environment);

/// `file` as seen from the directory `cwd` (empty: this process's own).
std::string SeenFrom(const std::string& cwd, const std::string& file);

/// Whether a search stops at this file. Returns 0, or the errno that executing it would give (ENOENT, EACCES, …).
int CheckExecutable(const std::string& file);

/// Whether a search goes on after exec gave this errno (as in execvp(3)).
bool SearchGoesOn(int error);

}  // namespace posix_fork
