// An addon that waits for a descriptor with uv_poll, and counts the bytes that come: no JavaScript of Node's own does.
#include <node_api.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

static int count = 0;
static int calls = 0;

static void OnReadable(uv_poll_t* handle, int status, int events) {
  char byte;
  uv_os_fd_t fd;
  (void)status;
  (void)events;
  calls++;
  if (uv_fileno((uv_handle_t*)handle, &fd) == 0 && read(fd, &byte, 1) == 1) count++;
}

static void OnClosed(uv_handle_t* handle) { free(handle); }

static uv_poll_t* poll_handle;

static napi_value Start(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t given = 2;
  int32_t fd = -1;
  bool writable = false;
  uv_loop_t* loop;
  napi_get_cb_info(env, info, &given, arguments, NULL, NULL);
  napi_get_value_int32(env, arguments[0], &fd);
  napi_get_value_bool(env, arguments[1], &writable);
  napi_get_uv_event_loop(env, &loop);
  poll_handle = malloc(sizeof *poll_handle);
  uv_poll_init(loop, poll_handle, fd);
  uv_poll_start(poll_handle, writable ? UV_WRITABLE : UV_READABLE, OnReadable);
  return NULL;
}

static napi_value Stop(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  uv_close((uv_handle_t*)poll_handle, OnClosed);
  return NULL;
}

static napi_value Count(napi_env env, napi_callback_info info) {
  napi_value result;
  (void)info;
  napi_create_int32(env, count, &result);
  return result;
}

static napi_value Calls(napi_env env, napi_callback_info info) {
  napi_value result;
  (void)info;
  napi_create_int32(env, calls, &result);
  return result;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor properties[] = {
      {"start", NULL, Start, NULL, NULL, NULL, napi_default, NULL},
      {"stop", NULL, Stop, NULL, NULL, NULL, napi_default, NULL},
      {"count", NULL, Count, NULL, NULL, NULL, napi_default, NULL},
      {"calls", NULL, Calls, NULL, NULL, NULL, napi_default, NULL},
  };
  napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
  return exports;
}
