// Runs one program and says what it cost. Small itself, because a process's peak memory begins with its parent's.
//
//     measure CORE|- STDOUT STDERR PROGRAM ARGUMENT...
//
// CORE is the processor to stay on, - any. Prints: microseconds of user, system and wall time, peak memory in KiB,
// exit status (128 and the signal when one ended it).

#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long microseconds(struct timeval t) { return t.tv_sec * 1000000L + t.tv_usec; }

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: measure CORE|- STDOUT STDERR PROGRAM ARGUMENT...\n");
        return 2;
    }
    if (argv[1][0] != '-') {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(atoi(argv[1]), &set);
        if (sched_setaffinity(0, sizeof set, &set)) {
            perror("measure: pinning");
            return 2;
        }
    }
    int out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int err = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (out < 0 || err < 0) {
        perror("measure: output");
        return 2;
    }
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    pid_t child = fork();
    if (child < 0) {
        perror("measure: fork");
        return 2;
    }
    if (!child) {
        dup2(out, 1);
        dup2(err, 2);
        execvp(argv[4], argv + 4);
        _exit(127);
    }
    int status;
    struct rusage used;
    if (wait4(child, &status, 0, &used) != child) {
        perror("measure: wait4");
        return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &after);
    long wall = (after.tv_sec - before.tv_sec) * 1000000L + (after.tv_nsec - before.tv_nsec) / 1000;
    printf("%ld %ld %ld %ld %d\n", microseconds(used.ru_utime), microseconds(used.ru_stime), wall, used.ru_maxrss,
           WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    return 0;
}
