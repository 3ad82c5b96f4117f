// An addon that takes what is not its own: it waits for any child, as careless code does.
#include <node_api.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void* Reap(void* unused) {
  (void)unused;
  for (;;) {
    if (waitpid(-1, NULL, 0) < 0) usleep(200);
  }
  return NULL;
}

static napi_value ReapForever(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  pthread_t thread;
  if (pthread_create(&thread, NULL, Reap, NULL) != 0) abort();
  pthread_detach(thread);
  return NULL;
}

static napi_value IgnoreSigchld(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  signal(SIGCHLD, SIG_IGN);
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "reapForever", NAPI_AUTO_LENGTH, ReapForever, NULL, &function);
  napi_set_named_property(env, exports, "reapForever", function);
  napi_create_function(env, "ignoreSigchld", NAPI_AUTO_LENGTH, IgnoreSigchld, NULL, &function);
  napi_set_named_property(env, exports, "ignoreSigchld", function);
  return exports;
}
