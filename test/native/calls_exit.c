// An addon whose library ends the process by exit(3).
#include <node_api.h>
#include <stdlib.h>

static napi_value Exit(napi_env env, napi_callback_info info) {
  (void)env;
  (void)info;
  exit(7);
}

NAPI_MODULE_INIT() {
  napi_value exit_function;
  napi_create_function(env, NULL, 0, Exit, NULL, &exit_function);
  napi_set_named_property(env, exports, "exit", exit_function);
  return exports;
}
