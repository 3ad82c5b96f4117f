// How does a binary that was linked on a new Linux run on an old one?
//
// It asks for each function of glibc by name and version, and the linker writes down the newest version that there is. glibc
// still has the older ones, under which the same functions were known when they lay in libpthread and libdl. The prebuilt
// addons ask for these, so that they work wherever the official builds of Node.js do: from glibc 2.28 on. This file is included
// before every other (-include), in prebuilds only; scripts/prebuild.mjs looks whether anything newer is left.
#pragma once

#include <sys/stat.h>

#if defined(__x86_64__)
#define OLDEST "GLIBC_2.2.5"
#define ROBUST "GLIBC_2.12"
#define STAT_VERSION 1  // _STAT_VER_LINUX of glibc 2.32's <bits/stat.h>
#elif defined(__aarch64__)
#define OLDEST "GLIBC_2.17"
#define ROBUST OLDEST
#define STAT_VERSION 0  // _STAT_VER_KERNEL
#else
#error "which version did this architecture begin with?"
#endif

// To libc.so in 2.34, pthread_getattr_np and pthread_sigmask in 2.32.
__asm__(".symver dlsym, dlsym@" OLDEST);
__asm__(".symver pthread_attr_getstack, pthread_attr_getstack@" OLDEST);
__asm__(".symver pthread_attr_getstacksize, pthread_attr_getstacksize@" OLDEST);
__asm__(".symver pthread_attr_setstacksize, pthread_attr_setstacksize@" OLDEST);
__asm__(".symver pthread_create, pthread_create@" OLDEST);
__asm__(".symver pthread_getattr_np, pthread_getattr_np@" OLDEST);
__asm__(".symver pthread_getcpuclockid, pthread_getcpuclockid@" OLDEST);
__asm__(".symver pthread_join, pthread_join@" OLDEST);
__asm__(".symver pthread_mutex_consistent, pthread_mutex_consistent@" ROBUST);
__asm__(".symver pthread_mutex_trylock, pthread_mutex_trylock@" OLDEST);
__asm__(".symver pthread_mutexattr_destroy, pthread_mutexattr_destroy@" OLDEST);
__asm__(".symver pthread_mutexattr_init, pthread_mutexattr_init@" OLDEST);
__asm__(".symver pthread_mutexattr_setpshared, pthread_mutexattr_setpshared@" OLDEST);
__asm__(".symver pthread_mutexattr_setrobust, pthread_mutexattr_setrobust@" ROBUST);
__asm__(".symver pthread_mutexattr_settype, pthread_mutexattr_settype@" OLDEST);
__asm__(".symver pthread_once, pthread_once@" OLDEST);
__asm__(".symver pthread_sigmask, pthread_sigmask@" OLDEST);

extern "C" {

// Until 2.32 stat(2) was an inline function around this one.
int __xstat(int version, const char* path, struct stat* info);
__asm__(".symver __xstat, __xstat@" OLDEST);
#define stat(path, info) __xstat(STAT_VERSION, path, info)

// libstdc++ leaves out atomic operations where this is true, which glibc says from 2.32 on. It is not in Node.js.
__attribute__((weak, visibility("hidden"))) char __libc_single_threaded = 0;
}
