// What a process gives up for good: identity and capabilities (credentials(7), capabilities(7)), files (landlock(7)),
// system calls (seccomp(2)). Everything returns 0 or an errno, unless it says otherwise.
#pragma once

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

/// Becomes a user for good, with no group but `group`. Every step is tried; the first errno is returned.
///
/// `keeps_capabilities`: what is permitted stays so where root becomes somebody else, until it is dropped.
int earshot_become(uid_t user, gid_t group, int keeps_capabilities);
/// Drops every capability of the calling thread whose bit is not in `kept`. Those in the bounding set only an exec could
/// bring back: see below.
int earshot_capabilities_keep(uint64_t kept);
/// No exec gives this process rights any more (PR_SET_NO_NEW_PRIVS).
int earshot_forbid_new_privileges(void);
/// No core dump, and no other process of this user may look into this one (PR_SET_DUMPABLE).
int earshot_forbid_inspection(void);

/// The version of the kernel's Landlock interface; 0 where there is none.
int earshot_landlock_version(void);
/// A ruleset's descriptor, or a negative errno. `attributes`: rights on files, on the network, and scopes, of which
/// the first `size` bytes are handed over.
int earshot_landlock_create(const uint64_t attributes[3], size_t size);
/// Leaves the rights `allowed` to what is below the folder.
int earshot_landlock_allow(int ruleset, int folder, uint64_t allowed);
int earshot_landlock_enforce(int ruleset);

/// Sends bytes, at least one, and with them a descriptor unless it is negative (SCM_RIGHTS, unix(7)).
int earshot_send_descriptor(int socket, int descriptor, const void *bytes, size_t count);
/// Receives what that has sent: how many bytes, 0 at the end, or a negative errno. `*descriptor` is closed on exec, and
/// -1 where none came.
ssize_t earshot_receive_descriptor(int socket, int *descriptor, void *bytes, size_t count);

/// Installs a filter of system calls for all threads.
int earshot_seccomp_install(struct sock_filter *instructions, size_t count);
