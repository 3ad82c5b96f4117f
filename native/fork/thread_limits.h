// Which limit is it that a thread cannot be started for? EAGAIN says only that there is one (pthread_create(3)).
#pragma once

#include <string>

namespace posix_fork {

/// In words, for people. Reads files of /proc and /sys, allocates, and takes no lock but malloc's.
std::string WhyNoThread();

}  // namespace posix_fork
