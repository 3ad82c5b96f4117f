// Preloaded, and told to watch(): ends each child that this process forks with code 99 if it allocates memory or gives some back
// before it calls exec(2). It could hang if the parent has another allocator than the C library's, which a thread held.
#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <unistd.h>

extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* memory, size_t size);
extern void __libc_free(void* memory);

static pid_t owner;

static void Check(void) {
  if (owner != 0 && getpid() != owner) _exit(99);
}

void* malloc(size_t size) {
  Check();
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  Check();
  return __libc_calloc(count, size);
}

void* realloc(void* memory, size_t size) {
  Check();
  return __libc_realloc(memory, size);
}

void free(void* memory) {
  if (memory != NULL) Check();
  __libc_free(memory);
}

static napi_value Watch(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1;
  bool on = false;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  napi_get_value_bool(env, argument, &on);
  owner = on ? getpid() : 0;
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  (void)exports;
  napi_create_function(env, "watch", NAPI_AUTO_LENGTH, Watch, NULL, &function);
  return function;
}
