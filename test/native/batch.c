// An addon with streams and datagram sockets of its own on the loop. Calls back for the first event of a batch, and counts
// what libuv calls for the others: also the callbacks that say that there is nothing to read, of which JavaScript never
// hears.
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static int calls = 0;
static napi_env callback_env;
static napi_ref callback;

static void Count(void) {
  napi_handle_scope scope;
  napi_value function, global;
  if (calls++ > 0) return;
  napi_open_handle_scope(callback_env, &scope);
  napi_get_reference_value(callback_env, callback, &function);
  napi_get_global(callback_env, &global);
  napi_call_function(callback_env, global, function, 0, NULL, NULL);
  napi_close_handle_scope(callback_env, scope);
}

static void Allocate(uv_handle_t* handle, size_t size, uv_buf_t* buffer) {
  static char memory[16];
  (void)handle;
  (void)size;
  *buffer = uv_buf_init(memory, sizeof memory);
}

static void OnRead(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
  (void)stream;
  (void)size;
  (void)buffer;
  Count();
}

static void OnDatagram(uv_udp_t* socket, ssize_t size, const uv_buf_t* buffer, const struct sockaddr* from,
                       unsigned flags) {
  (void)socket;
  (void)size;
  (void)buffer;
  (void)from;
  (void)flags;
  Count();
}

// (fd, whether it is a datagram socket)
static napi_value Watch(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  int32_t fd = -1;
  bool datagrams = false;
  uv_loop_t* loop;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  napi_get_value_int32(env, arguments[0], &fd);
  napi_get_value_bool(env, arguments[1], &datagrams);
  napi_get_uv_event_loop(env, &loop);
  if (datagrams) {
    uv_udp_t* socket = malloc(sizeof *socket);
    uv_udp_init(loop, socket);
    uv_udp_open(socket, fd);
    uv_udp_recv_start(socket, Allocate, OnDatagram);
  } else {
    uv_pipe_t* pipe = malloc(sizeof *pipe);
    uv_pipe_init(loop, pipe, 0);
    uv_pipe_open(pipe, fd);
    uv_read_start((uv_stream_t*)pipe, Allocate, OnRead);
  }
  return NULL;
}

static napi_value OnFirst(napi_env env, napi_callback_info info) {
  napi_value function;
  size_t count = 1;
  napi_get_cb_info(env, info, &count, &function, NULL, NULL);
  callback_env = env;
  napi_create_reference(env, function, 1, &callback);
  return NULL;
}

static napi_value Calls(napi_env env, napi_callback_info info) {
  napi_value result;
  (void)info;
  napi_create_int32(env, calls, &result);
  return result;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor properties[] = {
      {"watch", NULL, Watch, NULL, NULL, NULL, napi_default, NULL},
      {"onFirst", NULL, OnFirst, NULL, NULL, NULL, napi_default, NULL},
      {"calls", NULL, Calls, NULL, NULL, NULL, napi_default, NULL},
  };
  napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
  return exports;
}
