// An addon that maps one page at an address of the caller's choice, out of fork's sight, as V8 maps its heap.
#define _GNU_SOURCE
#include <errno.h>
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile char* page;

// map(address): 0, or the errno.
static napi_value Map(napi_env env, napi_callback_info info) {
  napi_value argument;
  napi_value result;
  size_t arguments = 1;
  uint64_t address = 0;
  bool lossless;
  const size_t size = (size_t)sysconf(_SC_PAGESIZE);
  napi_get_cb_info(env, info, &arguments, &argument, NULL, NULL);
  napi_get_value_bigint_uint64(env, argument, &address, &lossless);
  void* memory = mmap((void*)address, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory != MAP_FAILED) {
    madvise(memory, size, MADV_DONTFORK);
    page = memory;
    *page = 42;
  }
  napi_create_int32(env, memory == MAP_FAILED ? errno : 0, &result);
  return result;
}

// read(): the page's first byte; ends the process with SIGSEGV where there is no page.
static napi_value Read(napi_env env, napi_callback_info info) {
  napi_value result;
  (void)info;
  napi_create_int32(env, *page, &result);
  return result;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor properties[] = {
      {"map", NULL, Map, NULL, NULL, NULL, napi_default, NULL},
      {"read", NULL, Read, NULL, NULL, NULL, napi_default, NULL},
  };
  napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
  return exports;
}
