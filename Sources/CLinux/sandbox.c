#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

// linux/landlock.h of an older system knows less than its kernel may.
#define LANDLOCK_CREATE_RULESET_VERSION (1u << 0)
#define LANDLOCK_RULE_PATH_BENEATH 1
struct path_beneath {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));

#ifndef SYS_landlock_create_ruleset
// The same on all architectures.
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
#ifndef SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define SECCOMP_FILTER_FLAG_SPEC_ALLOW (1UL << 2)
#endif

int earshot_become(uid_t user, gid_t group, int keeps_capabilities) {
    int result = 0;
    // The kernel forgets it with the user (PR_SET_PDEATHSIG, prctl(2)).
    int farewell = 0;
    prctl(PR_GET_PDEATHSIG, &farewell, 0, 0, 0);
    const pid_t parent = getppid();
    if (keeps_capabilities && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) result = errno;
    if (setgroups(0, NULL) != 0 && result == 0) result = errno;
    if (setresgid(group, group, group) != 0 && result == 0) result = errno;
    if (setresuid(user, user, user) != 0 && result == 0) result = errno;
    if (farewell != 0) {
        prctl(PR_SET_PDEATHSIG, farewell, 0, 0, 0);
        if (getppid() != parent) raise(farewell);
    }
    return result;
}

int earshot_capabilities_keep(uint64_t kept) {
    // Kernels before 4.3 have no ambient set.
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[2];
    if (syscall(SYS_capget, &header, sets) != 0) return errno;
    for (int half = 0; half < 2; half++) {
        sets[half].permitted &= (uint32_t)(kept >> (32 * half));
        sets[half].effective = sets[half].permitted;
        sets[half].inheritable = 0;
    }
    return syscall(SYS_capset, &header, sets) == 0 ? 0 : errno;
}

int earshot_forbid_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno; }

int earshot_forbid_inspection(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno; }

int earshot_landlock_version(void) {
    const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return version < 0 ? 0 : (int)version;
}

int earshot_landlock_create(const uint64_t attributes[3], size_t size) {
    const long ruleset = syscall(SYS_landlock_create_ruleset, attributes, size, 0);
    return ruleset < 0 ? -errno : (int)ruleset;
}

int earshot_landlock_allow(int ruleset, int folder, uint64_t allowed) {
    const struct path_beneath rule = {allowed, folder};
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? 0 : errno;
}

int earshot_landlock_enforce(int ruleset) {
    return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ? 0 : errno;
}

int earshot_send_descriptor(int socket, int descriptor, const void *bytes, size_t count) {
    struct iovec part = {(void *)bytes, count};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (descriptor >= 0) {
        memset(&control, 0, sizeof control);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.header), &descriptor, sizeof descriptor);
        message.msg_control = &control;
        message.msg_controllen = sizeof control.space;
    }
    while (sendmsg(socket, &message, MSG_NOSIGNAL) < 0) {
        if (errno != EINTR) return errno;
    }
    return 0;
}

ssize_t earshot_receive_descriptor(int socket, int *descriptor, void *bytes, size_t count) {
    struct iovec part = {bytes, count};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    *descriptor = -1;
    while (1) {
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control.space};
        const ssize_t received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
        if (received < 0 && errno == EINTR) continue;
        if (received < 0) return -errno;
        const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
            memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
        }
        return received;
    }
}

int earshot_seccomp_install(struct sock_filter *instructions, size_t count) {
    struct sock_fprog program = {(unsigned short)count, instructions};
    // Before Linux 5.16 a filter also turned off speculative stores, which costs a decoder dearly and protects it from
    // nothing: it runs no code of others.
    const unsigned long flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (result < 0 && errno == EINVAL) {
        result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    }
    // A positive number is a thread that has filters of its own.
    return result == 0 ? 0 : result > 0 ? EBUSY : errno;
}
