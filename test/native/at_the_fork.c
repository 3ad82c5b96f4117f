// Preloaded: says on stderr what holds at the moment of a fork, which otherwise only chance shows. "wq_mutex is free": a thread of
// libuv's pool could have it then, and a child would wait for it for ever. With HANG_IN_REPAIR the child hangs while it makes
// its new epoll set.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/types.h>
#include <unistd.h>
#include <uv.h>

static pid_t g_parent;

pid_t fork(void) {
  pid_t (*const real)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");
  // Node's own loop, of the main thread; exported by its binary.
  uv_loop_t* (*const default_loop)(void) = (uv_loop_t * (*)(void)) dlsym(RTLD_DEFAULT, "uv_default_loop");
  int (*const try_lock)(uv_mutex_t*) = (int (*)(uv_mutex_t*))dlsym(RTLD_DEFAULT, "uv_mutex_trylock");
  void (*const unlock)(uv_mutex_t*) = (void (*)(uv_mutex_t*))dlsym(RTLD_DEFAULT, "uv_mutex_unlock");
  uv_mutex_t* const mutex = &default_loop()->wq_mutex;
  if (try_lock(mutex) == 0) {
    unlock(mutex);
    if (write(2, "wq_mutex is free\n", 17) < 0) abort();
  }
  g_parent = getpid();
  return real();
}

int epoll_create1(int flags) {
  int (*const real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "epoll_create1");
  while (g_parent != 0 && getpid() != g_parent && getenv("HANG_IN_REPAIR") != NULL) pause();
  return real(flags);
}
