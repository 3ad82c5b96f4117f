// An addon that blocks a signal in the calling thread, as no JavaScript can.
#include <node_api.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>

static napi_value Block(napi_env env, napi_callback_info info) {
  napi_value argument;
  size_t count = 1;
  int32_t signal = 0;
  napi_get_cb_info(env, info, &count, &argument, NULL, NULL);
  napi_get_value_int32(env, argument, &signal);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, NULL);
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "block", NAPI_AUTO_LENGTH, Block, NULL, &function);
  return function;
}
