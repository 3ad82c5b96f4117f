// What a process has covered is written at its exit; a forked child ends by _exit(2), without one. Linked into the
// addon of `npm run test:coverage` only, by the linker's --wrap=_exit.
extern "C" {
void __gcov_dump();
[[noreturn]] void __real__exit(int status);
[[noreturn]] void __wrap__exit(int status);
void __wrap__exit(int status) {
  __gcov_dump();
  __real__exit(status);
}
}
