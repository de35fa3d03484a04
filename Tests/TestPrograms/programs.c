// What tests need of posix_spawn(3) that Swift doesn't see: it belongs to GNU.
#define _GNU_SOURCE
#include "TestPrograms.h"

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
  pid_t identifier = 0;
  if (error == 0) error = posix_spawn(&identifier, path, &actions, NULL, arguments, variables);
  posix_spawn_file_actions_destroy(&actions);
  return error != 0 ? -(long)error : identifier;
}
