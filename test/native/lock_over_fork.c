// A library that holds a lock over each fork(2) of the process, as POSIX advises (pthread_atfork). Its handlers come before those
// of whatever was loaded earlier.
#include <node_api.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void Lock(void) { pthread_mutex_lock(&mutex); }
static void Unlock(void) { pthread_mutex_unlock(&mutex); }

NAPI_MODULE_INIT() {
  (void)env;
  pthread_atfork(Lock, Unlock, Unlock);
  return exports;
}
