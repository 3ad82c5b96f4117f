// An addon of a program with secrets: nobody of the same user may look into the process.
#include <node_api.h>
#include <sys/prctl.h>

NAPI_MODULE_INIT() {
  (void)env;
  prctl(PR_SET_DUMPABLE, 0);
  return exports;
}
