// Other programs.
#include "calls.h"

#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

extern char **environ;

long tremolo_run(
    const char *arguments, size_t count, int input, int output, int errors, unsigned long long output_bytes_max) {
    char *list[tremolo_run_arguments_max + 1];
    if (count == 0 || count > tremolo_run_arguments_max) return -E2BIG;
    for (size_t index = 0; index < count; index++) {
        list[index] = (char *)arguments;
        arguments += strlen(arguments) + 1;
    }
    list[count] = NULL;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawn_file_actions_init(&files);
    if (error != 0) return -error;
    error = posix_spawnattr_init(&attributes);
    if (error != 0) {
        posix_spawn_file_actions_destroy(&files);
        return -error;
    }
    // Signals that this process blocks or ignores are the other program's to decide about.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&files, input, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&files, output, 1);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&files, errors, 2);
    pid_t child = 0;
    if (error == 0) error = posix_spawnp(&child, list[0], &files, &attributes, list, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) return -error;
    // It is bounded a moment after it began. What it can write in a moment harms nobody; that it ended already is well.
    struct rlimit bound = {.rlim_cur = output_bytes_max, .rlim_max = output_bytes_max};
    if (prlimit(child, RLIMIT_FSIZE, &bound, NULL) != 0 && errno != ESRCH) error = errno;
    if (error != 0) kill(child, SIGKILL);
    int status = 0;
    long result = RETRY(waitpid(child, &status, 0));
    if (result < 0) return result;
    if (error != 0) return -error;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
