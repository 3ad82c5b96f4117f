#include "fork/repair_deadline.h"

#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstring>

#include "fork/repair_error.h"

namespace posix_fork {

namespace {

// The whole repair takes 1 to 2 ms; a machine so loaded that it takes two thousand times as long is not known to us.
constexpr time_t kSeconds = 5;

struct sigaction g_old_action;
bool g_under_way = false;

void Say(const char* text) {
  if (write(STDERR_FILENO, text, strlen(text)) < 0) {
    // There is nowhere else to say it.
  }
}

void OnDeadline(int) { DieInRepair("the repair", "it did not finish within five seconds"); }

void SetTimer(time_t seconds) {
  itimerval timer = {};
  timer.it_value.tv_sec = seconds;
  setitimer(ITIMER_REAL, &timer, nullptr);
}

}  // namespace

RepairDeadline::RepairDeadline() {
  struct sigaction action = {};
  action.sa_handler = OnDeadline;
  sigaction(SIGALRM, &action, &g_old_action);
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &alarm, nullptr);
  SetTimer(kSeconds);
  g_under_way = true;
}

LateRepair::LateRepair() { g_under_way = true; }

LateRepair::~LateRepair() { g_under_way = false; }

bool RepairIsUnderWay() { return g_under_way; }

RepairDeadline::~RepairDeadline() {
  g_under_way = false;
  SetTimer(0);
  sigaction(SIGALRM, &g_old_action, nullptr);
}

void DieInRepair(const char* step, const char* why) {
  Say("posix-fork: the forked child could not be set up: ");
  Say(step);
  Say(": ");
  Say(why);
  Say("\n");
  ReportRepairError(step, why);
  _exit(1);
}

}  // namespace posix_fork
