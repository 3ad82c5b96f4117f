#include "sys/read_memory.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace posix_fork {

namespace {

// The kernel reads the eight bytes before it finds that the first argument is invalid. absl's AddressIsReadable does
// the same.
bool IsReadable(uintptr_t address) {
  constexpr int kInvalid = ~0;
  return syscall(SYS_rt_sigprocmask, kInvalid, address, nullptr, sizeof(uint64_t)) != 0 && errno != EFAULT;
}

bool IsReadable(uintptr_t address, size_t size) {
  constexpr size_t kPage = 4096;
  for (size_t at = 0; at + sizeof(uint64_t) < size; at += kPage) {
    if (!IsReadable(address + at)) return false;
  }
  return IsReadable(address + size - sizeof(uint64_t));
}

}  // namespace

bool ReadMemory(uintptr_t address, void* to, size_t size) {
  const iovec local = {to, size};
  const iovec remote = {reinterpret_cast<void*>(address), size};
  const ssize_t copied = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
  if (copied >= 0) return static_cast<size_t>(copied) == size;
  if (errno != EPERM && errno != ENOSYS) return false;
  // A seccomp filter forbids to read the memory of processes.
  if (!IsReadable(address, size)) return false;
  memcpy(to, reinterpret_cast<const void*>(address), size);
  return true;
}

}  // namespace posix_fork
