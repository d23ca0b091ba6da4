// SPDX-License-Identifier: Apache-2.0
#include "CXen/cxen.h"

static volatile sig_atomic_t is_interrupted;

static void interrupted(int number) {
  (void)number;
  is_interrupted = 1;
}

bool grove_is_interrupted(void) { return is_interrupted != 0; }

void grove_catch_interrupts(void) {
  struct sigaction action = {.sa_handler = interrupted};
  const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &action, NULL);
  signal(SIGPIPE, SIG_IGN);
}
