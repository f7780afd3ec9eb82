// Waiting and events (epoll(7), eventfd(2)), and what a process does to itself: signals, namespaces, children.
#pragma once

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>

/// accept4(2), which glibc declares as an extension: the new socket does not block and is not inherited.
int earshot_accept(int listener, struct sockaddr *address, socklen_t *length);

// Signals. The handler only sets flags and writes to an eventfd, which is all that signal-safety(7) allows.

#define EARSHOT_SIGNAL_USER1 1u
#define EARSHOT_SIGNAL_USER2 2u
#define EARSHOT_SIGNAL_QUIT 4u

/// Catches SIGINT, SIGTERM, SIGHUP (unless it is ignored, as under nohup(1)), SIGUSR1 and SIGUSR2. Returns 0 or an
/// errno.
int earshot_signals_install(void);
/// Catches SIGQUIT too, as one of the user signals. Returns 0 or an errno.
int earshot_signals_catch_quit(void);
/// Ignores SIGPIPE and SIGXFSZ.
void earshot_signals_ignore_output(void);
/// Has them do again what they did before that.
void earshot_signals_restore_output(void);
/// Has stop signals end the program at once, also one that has come, until it is turned off: while something waits that
/// no descriptor wakes.
void earshot_signals_end_at_once(int on);
/// Catches SIGQUIT and SIGCHLD too. SIGINT, SIGTERM, SIGHUP and SIGQUIT are handed to `relay`, where a process has sent
/// them, and are no stop request, until a child has ended: that is one. Returns 0 or an errno.
int earshot_signals_relay(void (*relay)(int number));
/// Readable from the first stop signal on; -1 before the installation.
int earshot_signals_stop_descriptor(void);
/// Readable while SIGUSR1 or SIGUSR2 waits to be taken; -1 before the installation.
int earshot_signals_user_descriptor(void);
int earshot_signals_stop_requested(void);
/// Remembers that nobody reads the output, and how many bytes of the standard output were not written for that: returns
/// all of them so far.
size_t earshot_output_abandon(size_t count);
int earshot_output_is_abandoned(void);
size_t earshot_output_unwritten(void);
/// The EARSHOT_SIGNAL bits since the last call.
unsigned earshot_signals_take_user(void);

/// The size of a regular file, in bytes; -1 of anything else. Asks with fstat(2) by its own number: the C library's may
/// ask by a path that is empty, which a sandbox cannot tell from one that is not.
off_t earshot_file_size(int descriptor);

// Namespaces. Each returns 0 or an errno.

/// Leaves the network namespace for a new one; with a user namespace of its own where `own_user` is not 0.
int earshot_unshare_network(int own_user);
/// Goes to the network namespace that an open file stands for (setns(2)).
int earshot_join_network(int descriptor);
/// Brings the interface `lo` up (netdevice(7)).
int earshot_raise_loopback(void);

// Children.

/// Starts a program, which gets SIGTERM when the calling thread ends before it.
///
/// `streams` holds the descriptors that become its 0, 1 and 2; -1 inherits. Returns the child's process id, or a
/// negative errno. `*descriptor` is a pidfd_open(2) descriptor of the child.
pid_t earshot_spawn(const char *program, char *const arguments[], const int streams[3], int *descriptor);
/// pipe2(2), which glibc declares as an extension: both ends are not inherited. Sets errno.
int earshot_pipe(int ends[2]);

/// An empty file in memory, closed on exec (memfd_create(2)); -1 with errno set on failure.
int earshot_memory_file(void);
