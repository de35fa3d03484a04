// What tests need of posix_spawn(3) that Swift doesn't see: it belongs to GNU.
#define _GNU_SOURCE
#include "TestPrograms.h"

#include <signal.h>
#include <spawn.h>
#include <stddef.h>

long test_program_start(const char *path, char *const *arguments, char *const *variables, const char *folder,
                        const int *streams) {
  posix_spawn_file_actions_t actions;
  int error = posix_spawn_file_actions_init(&actions);
  if (error != 0) return -error;
  for (int number = 0; number < 3 && error == 0; number++)
    if (streams[number] >= 0) error = posix_spawn_file_actions_adddup2(&actions, streams[number], number);
  if (error == 0 && folder != NULL) error = posix_spawn_file_actions_addchdir_np(&actions, folder);
  if (error == 0) error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  // Threads of a test hold signals back, and the process may ignore some: neither is the program's affair.
  posix_spawnattr_t attributes;
  if (error == 0) error = posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  pid_t identifier = 0;
  if (error == 0) {
    error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (error == 0) error = posix_spawnattr_setsigmask(&attributes, &none);
    if (error == 0) error = posix_spawnattr_setsigdefault(&attributes, &all);
    if (error == 0) error = posix_spawn(&identifier, path, &actions, &attributes, arguments, variables);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return error != 0 ? -(long)error : identifier;
}
