#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int earshot_accept(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// Signals

static int stop_event = -1;
static int user_event = -1;
/// The signal that asked the program to stop; 0 before it.
static atomic_int stop_requested;
static atomic_uint user_signals;

static void post(int event) {
    const uint64_t one = 1;
    // Fails only when the counter is full: then the descriptor is readable already.
    ssize_t ignored = write(event, &one, sizeof one);
    (void)ignored;
}

static void request_stop(int number) {
    atomic_store(&stop_requested, number);
    if (stop_event >= 0) post(stop_event);
}

static volatile sig_atomic_t stops_on_quit;
static volatile sig_atomic_t ends_at_once;
/// Takes the stop signals while a child is running.
static void (*volatile relay_signal)(int number);

static void on_signal(int number, siginfo_t *details, void *context) {
    (void)context;
    const int saved = errno;
    void (*const relay)(int) = relay_signal;
    if (number == SIGCHLD) {
        relay_signal = NULL;
        request_stop(SIGTERM);
    } else if (relay && number != SIGUSR1 && number != SIGUSR2) {
        // What the terminal sends, it sends to the child as well.
        if (details->si_code <= 0) relay(number);
    } else if (number == SIGUSR1 || number == SIGUSR2 || (number == SIGQUIT && !stops_on_quit)) {
        atomic_fetch_or(&user_signals, number == SIGUSR1   ? EARSHOT_SIGNAL_USER1
                                       : number == SIGUSR2 ? EARSHOT_SIGNAL_USER2
                                                           : EARSHOT_SIGNAL_QUIT);
        post(user_event);
    } else {
        request_stop(number);
        if (ends_at_once) {
            // It comes when this returns.
            signal(number, SIG_DFL);
            raise(number);
        }
    }
    errno = saved;
}

void earshot_signals_end_at_once(int on) {
    ends_at_once = on;
    const int number = atomic_load(&stop_requested);
    if (!on || number == 0) return;
    signal(number, SIG_DFL);
    raise(number);
}

static struct sigaction caught_action(int flags) {
    // No SA_RESTART: a read that waits for a peer or a pipe must notice that it is to stop.
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_signal;
    action.sa_flags = SA_SIGINFO | flags;
    sigfillset(&action.sa_mask);
    return action;
}

static int catch(const int *numbers, size_t count, int flags) {
    const struct sigaction action = caught_action(flags);
    // A parent that blocks signals in its threads hands that on to what it starts.
    sigset_t caught;
    sigemptyset(&caught);
    for (size_t index = 0; index < count; index++) {
        struct sigaction before;
        if (sigaction(numbers[index], NULL, &before) != 0) return errno;
        if (numbers[index] == SIGHUP && before.sa_handler == SIG_IGN) continue;
        if (sigaction(numbers[index], &action, NULL) != 0) return errno;
        sigaddset(&caught, numbers[index]);
    }
    return pthread_sigmask(SIG_UNBLOCK, &caught, NULL);
}

int earshot_signals_install(void) {
    if (stop_event < 0) stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (user_event < 0) user_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (stop_event < 0 || user_event < 0) return errno;

    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
    return catch(numbers, sizeof numbers / sizeof numbers[0], 0);
}

int earshot_signals_catch_quit(void) {
    static const int numbers[] = {SIGQUIT};
    return catch(numbers, 1, 0);
}

int earshot_signals_relay(void (*relay)(int number)) {
    stops_on_quit = 1;
    relay_signal = relay;
    static const int numbers[] = {SIGQUIT, SIGCHLD};
    // A child that is only stopped has not ended.
    return catch(numbers, 2, SA_NOCLDSTOP);
}

// What would end the program because of its output: a reader that has gone, and a file that may not grow (setrlimit(2)).
static const int of_output[] = {SIGPIPE, SIGXFSZ};
/// SIG_ERR before they have been ignored.
static void (*before[])(int) = {SIG_ERR, SIG_ERR};

void earshot_signals_ignore_output(void) {
    for (size_t index = 0; index < sizeof of_output / sizeof of_output[0]; index++) {
        void (*const was)(int) = signal(of_output[index], SIG_IGN);
        if (before[index] == SIG_ERR) before[index] = was;
    }
}

void earshot_signals_restore_output(void) {
    for (size_t index = 0; index < sizeof of_output / sizeof of_output[0]; index++) {
        if (before[index] != SIG_ERR) signal(of_output[index], before[index]);
    }
}

int earshot_signals_stop_descriptor(void) { return stop_event; }

int earshot_signals_user_descriptor(void) { return user_event; }

int earshot_signals_stop_requested(void) { return atomic_load(&stop_requested); }

static atomic_int output_abandoned;
static atomic_size_t unwritten;

size_t earshot_output_abandon(size_t count) {
    atomic_store(&output_abandoned, 1);
    return atomic_fetch_add(&unwritten, count) + count;
}

int earshot_output_is_abandoned(void) { return atomic_load(&output_abandoned); }

size_t earshot_output_unwritten(void) { return atomic_load(&unwritten); }

unsigned earshot_signals_take_user(void) {
    uint64_t count;
    // Emptied before the flags are taken, so that a signal in between leaves the descriptor readable.
    ssize_t ignored = read(user_event, &count, sizeof count);
    (void)ignored;
    return atomic_exchange(&user_signals, 0);
}

off_t earshot_file_size(int descriptor) {
    // The same layout as the kernel's on both architectures.
    struct stat status;
    return syscall(SYS_fstat, descriptor, &status) == 0 && S_ISREG(status.st_mode) ? status.st_size : -1;
}

// Namespaces

int earshot_unshare_network(int own_user) {
    return unshare(own_user ? CLONE_NEWUSER | CLONE_NEWNET : CLONE_NEWNET) == 0 ? 0 : errno;
}

int earshot_join_network(int descriptor) { return setns(descriptor, CLONE_NEWNET) == 0 ? 0 : errno; }

int earshot_raise_loopback(void) {
    const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (control < 0) return errno;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "lo");
    int result = ioctl(control, SIOCGIFFLAGS, &request);
    if (result == 0) {
        request.ifr_flags |= IFF_UP;
        result = ioctl(control, SIOCSIFFLAGS, &request);
    }
    const int code = result == 0 ? 0 : errno;
    close(control);
    return code;
}

// Children

int earshot_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

/// The child between fork and exec: only calls that are safe there (signal-safety(7)). Returns only to fail.
static int become(const char *program, char *const arguments[], const int streams[3], pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) return errno;
    // The parent may have ended before the line above.
    if (getppid() != parent) return ESRCH;
    for (int target = 0; target < 3; target++) {
        if (streams[target] >= 0 && dup2(streams[target], target) < 0) return errno;
    }
    // exec resets handlers by itself, but what is ignored stays ignored.
    static const int numbers[] = {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2};
    for (size_t index = 0; index < sizeof numbers / sizeof numbers[0]; index++) signal(numbers[index], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(program, arguments);
    return errno;
}

pid_t earshot_spawn(const char *program, char *const arguments[], const int streams[3], int *descriptor) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -errno;

    // A signal that came between fork and exec would run this program's handler in the child.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child == 0) {
        const int code = become(program, arguments, streams, parent);
        ssize_t ignored = write(report[1], &code, sizeof code);
        (void)ignored;
        _exit(127);
    }
    int code = child < 0 ? errno : 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(report[1]);
    if (child < 0) {
        close(report[0]);
        return -code;
    }

    // End of file: the exec has closed the pipe, so it has worked.
    ssize_t count;
    do {
        count = read(report[0], &code, sizeof code);
    } while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == 0) {
        *descriptor = (int)syscall(SYS_pidfd_open, child, 0);
        if (*descriptor >= 0) return child;
        code = errno;
        kill(child, SIGKILL);
    }
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
    return -code;
}

int earshot_memory_file(void) { return memfd_create("earshot", MFD_CLOEXEC); }
