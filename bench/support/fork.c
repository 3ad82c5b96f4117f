// What does fork(2) cost a C program with that many touched pages? One answer per line of standard input:
// ms until the parent goes on, ms until the child's first statement.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
  size_t size = (size_t)atol(argc > 1 ? argv[1] : "45") * 1000 * 1000;
  char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  double *seen = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || seen == MAP_FAILED) return 1;
  madvise(memory, size, MADV_NOHUGEPAGE); // V8's pages are small, too
  memset(memory, 1, size);
  while (getchar() != EOF) {
    double start = now();
    pid_t pid = fork();
    double returned = now();
    if (pid == 0) {
      *seen = returned;
      _exit(0);
    }
    if (pid < 0) return 1;
    waitpid(pid, NULL, 0);
    printf("%f %f\n", returned - start, *seen - start);
    fflush(stdout);
  }
  return 0;
}
