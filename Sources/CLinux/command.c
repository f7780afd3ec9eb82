#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

static int become(const struct earshot_command_identity *identity) {
    if (!identity->changes) return 0;
    const int code = setgroups(identity->group_count, identity->groups) == 0 ? 0 : errno;
    // EINVAL: nobody in this user namespace, whose root is no more than who made it.
    if (setresgid(identity->group, identity->group, identity->group) != 0) return errno == EINVAL ? 0 : errno;
    if (setresuid(identity->user, identity->user, identity->user) != 0) return errno == EINVAL ? 0 : errno;
    return code;
}

static ssize_t read_whole(int descriptor, void *bytes, size_t count) {
    ssize_t result;
    do {
        result = read(descriptor, bytes, count);
    } while (result < 0 && errno == EINTR);
    return result;
}

static void tell(int descriptor, int code) {
    const ssize_t ignored = write(descriptor, &code, sizeof code);
    (void)ignored;
}

/// The forked process. The program's own ends of the pipes are closed on exec.
static void wait_and_run(const char *program, char *const arguments[], char *const environment[],
                         const struct earshot_command_identity *identity, int gate, int report) {
    const int code = become(identity);
    tell(report, code);
    char go;
    if (code != 0 || read_whole(gate, &go, 1) != 1) _exit(0);
    earshot_signals_restore_output();
    execvpe(program, arguments, environment);
    tell(report, errno);
    _exit(127);
}

int earshot_command_hold(const char *program, char *const arguments[], char *const environment[],
                         const struct earshot_command_identity *identity, struct earshot_command *command) {
    int gate[2], report[2];
    if (pipe2(gate, O_CLOEXEC) != 0) return errno;
    if (pipe2(report, O_CLOEXEC) != 0) {
        const int code = errno;
        close(gate[0]);
        close(gate[1]);
        return code;
    }
    const pid_t process = fork();
    int code = process < 0 ? errno : 0;
    if (process == 0) {
        // Or its own copies would keep it from noticing that nobody will start it.
        close(gate[1]);
        close(report[0]);
        wait_and_run(program, arguments, environment, identity, gate[0], report[1]);
    }
    close(gate[0]);
    close(report[1]);
    if (code == 0 && read_whole(report[0], &code, sizeof code) != sizeof code) code = ECHILD;
    if (code == 0) {
        *command = (struct earshot_command){process, (int)syscall(SYS_pidfd_open, process, 0), gate[1], report[0]};
        if (command->descriptor >= 0) return 0;
        code = errno;
    }
    close(gate[1]);
    close(report[0]);
    if (process > 0) while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {}
    return code;
}

int earshot_command_start(struct earshot_command *command) {
    int code = write(command->gate, "", 1) == 1 ? 0 : errno;
    close(command->gate);
    if (code == 0 && read_whole(command->report, &code, sizeof code) != sizeof code) code = 0;
    close(command->report);
    command->gate = command->report = -1;
    return code;
}

// Relaying. Permission to send a signal is asked for when it is sent, and by then this process is nobody. But a pipe whose
// end is owned by a process (F_SETOWN, F_SETSIG in fcntl(2)) sends that process a signal when it is written to, with the
// rights of whoever set the owner, when they did: the right to send these signals to that process, and nothing else.

static const int relayed[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
static int bells[sizeof relayed / sizeof relayed[0]][2];

/// Only what signal-safety(7) allows.
static void ring(int number) {
    for (size_t index = 0; index < sizeof relayed / sizeof relayed[0]; index++) {
        if (relayed[index] != number) continue;
        char byte = 0;
        ssize_t ignored = write(bells[index][1], &byte, 1);
        // Only a pipe that was empty rings for sure.
        ignored = read(bells[index][0], &byte, 1);
        (void)ignored;
    }
}

static int hang(int bell[2], pid_t process, int number) {
    if (pipe2(bell, O_CLOEXEC | O_NONBLOCK) != 0) return errno;
    if (fcntl(bell[0], F_SETOWN, process) != 0 || fcntl(bell[0], F_SETSIG, number) != 0) return errno;
    return fcntl(bell[0], F_SETFL, O_NONBLOCK | O_ASYNC) == 0 ? 0 : errno;
}

int earshot_command_relay(const struct earshot_command *command) {
    for (size_t index = 0; index < sizeof relayed / sizeof relayed[0]; index++) {
        const int code = hang(bells[index], command->process, relayed[index]);
        if (code != 0) return code;
    }
    return earshot_signals_relay(ring);
}
