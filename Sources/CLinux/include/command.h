// A program that waits to be started, and keeps the identity that its parent gives up.
#pragma once

#include <sys/types.h>

/// Whom the program runs as.
struct earshot_command_identity {
    int changes;  // 0: as this process, and what follows does not count
    uid_t user;
    gid_t group;
    const gid_t *groups;
    size_t group_count;
};

/// The descriptors are closed on exec.
struct earshot_command {
    pid_t process;
    /// Readable once the process has ended (pidfd_open(2)).
    int descriptor;
    /// A byte starts the program, closing ends the process that waits.
    int gate;
    /// Brings an errno where the program cannot be started, and ends where it has been.
    int report;
};

/// Forks a process that becomes `identity` and waits. It has what this process was started with: its signal mask and what
/// it ignored. To be called before signals are caught and while there is one thread. Returns 0 or an errno.
int earshot_command_hold(const char *program, char *const arguments[], char *const environment[],
                         const struct earshot_command_identity *identity, struct earshot_command *command);
/// Starts the program. Returns 0, or the errno that kept exec from doing so; then the process ends.
int earshot_command_start(struct earshot_command *command);

/// From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT that another process sends to this one go on to the program, whoever
/// that runs as and whatever this process becomes; those of the terminal reach both anyway. The end of the program, and
/// every such signal after it, is a stop request. Comes before the start and after `earshot_signals_install`. Returns 0
/// or an errno.
int earshot_command_relay(const struct earshot_command *command);
