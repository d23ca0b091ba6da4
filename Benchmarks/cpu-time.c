/* SPDX-License-Identifier: Apache-2.0 */
/* cpu-time LIST PROGRAM ARGUMENT...
 *
 * Runs a program once for each line of a file, with the line in place of each argument `{}` and its folder in place of
 * `{folder}`, one after the other, and prints the CPU time of all runs in microseconds. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  FILE *list = fopen(argv[1], "r");
  if (!list) return 1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  char **arguments = calloc((size_t)argc, sizeof *arguments);
  char *line = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, list)) > 0) {
    if (line[length - 1] == '\n') line[length - 1] = 0;
    char *folder = strdup(line);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
    for (int i = 2; i < argc; i++)
      arguments[i - 2] = !strcmp(argv[i], "{}") ? line : !strcmp(argv[i], "{folder}") ? folder : argv[i];
    pid_t process;
    if (posix_spawn(&process, argv[2], &actions, NULL, arguments, environ)) return 1;
    waitpid(process, NULL, 0);
    free(folder);
  }
  struct rusage usage;
  getrusage(RUSAGE_CHILDREN, &usage);
  printf("%lld\n", (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec +
                       usage.ru_stime.tv_usec);
  return 0;
}
