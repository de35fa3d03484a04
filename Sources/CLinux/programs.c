// Other programs.
#include "calls.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int put(int descriptor, int number) {
    // What stands there already is to stay open.
    return descriptor == number ? fcntl(number, F_SETFD, 0) : dup2(descriptor, number);
}

long tremolo_run(
    const char *arguments, size_t count, int input, int output, int errors, unsigned long long output_bytes_max) {
    char *list[tremolo_run_arguments_max + 1];
    if (count == 0 || count > tremolo_run_arguments_max) return -E2BIG;
    for (size_t index = 0; index < count; index++) {
        list[index] = (char *)arguments;
        arguments += strlen(arguments) + 1;
    }
    list[count] = NULL;
    struct rlimit bound;
    int report[2];
    if (getrlimit(RLIMIT_FSIZE, &bound) != 0 || pipe2(report, O_CLOEXEC) != 0) return -errno;
    if (output_bytes_max < bound.rlim_cur) bound.rlim_cur = output_bytes_max;
    pid_t child = fork();
    if (child == 0) {
        // System calls alone from here: other threads may have held any lock.
        sigset_t none;
        sigemptyset(&none);
        // Signals that this process blocks or ignores are the other program's to decide about.
        for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
        sigprocmask(SIG_SETMASK, &none, NULL);
        // Before it begins: what it starts itself has the bound, too.
        if (put(input, 0) >= 0 && put(output, 1) >= 0 && put(errors, 2) >= 0 && setrlimit(RLIMIT_FSIZE, &bound) == 0)
            execvp(list[0], list);
        int error = errno;
        if (write(report[1], &error, sizeof error) < 0) _exit(126);
        _exit(127);
    }
    int error = child < 0 ? errno : 0;
    close(report[1]);
    // Ends empty as soon as the program runs.
    long result = child < 0 ? 0 : RETRY(read(report[0], &error, sizeof error));
    close(report[0]);
    if (child < 0) return -error;
    int status = 0;
    long waited = RETRY(waitpid(child, &status, 0));
    if (result < 0) return result;
    if (waited < 0) return waited;
    if (error != 0) return -error;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
