#define _GNU_SOURCE
#include "probe.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/net_tstamp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#ifndef IP_RECVERR_RFC4884
#define IP_RECVERR_RFC4884 26
#endif
#ifndef IPV6_RECVERR_RFC4884
#define IPV6_RECVERR_RFC4884 31
#endif

static socklen_t to_kernel(const struct earshot_probe_peer *peer, struct sockaddr_storage *storage) {
    memset(storage, 0, sizeof *storage);
    if (!peer->is_v6) {
        struct sockaddr_in *address = (struct sockaddr_in *)storage;
        address->sin_family = AF_INET;
        address->sin_port = htobe16(peer->port);
        address->sin_addr.s_addr = htobe32((uint32_t)peer->low);
        return sizeof *address;
    }
    struct sockaddr_in6 *address = (struct sockaddr_in6 *)storage;
    const uint64_t halves[2] = {htobe64(peer->high), htobe64(peer->low)};
    address->sin6_family = AF_INET6;
    address->sin6_port = htobe16(peer->port);
    address->sin6_scope_id = peer->scope;
    memcpy(&address->sin6_addr, halves, sizeof halves);
    return sizeof *address;
}

static struct earshot_probe_peer from_kernel(const void *bytes) {
    struct earshot_probe_peer peer;
    memset(&peer, 0, sizeof peer);
    sa_family_t family;
    memcpy(&family, bytes, sizeof family);
    if (family == AF_INET) {
        struct sockaddr_in address;
        memcpy(&address, bytes, sizeof address);
        peer.low = be32toh(address.sin_addr.s_addr);
        peer.port = be16toh(address.sin_port);
    } else if (family == AF_INET6) {
        struct sockaddr_in6 address;
        memcpy(&address, bytes, sizeof address);
        uint64_t halves[2];
        memcpy(halves, &address.sin6_addr, sizeof halves);
        peer.high = be64toh(halves[0]);
        peer.low = be64toh(halves[1]);
        peer.port = be16toh(address.sin6_port);
        peer.scope = address.sin6_scope_id;
        peer.is_v6 = 1;
    }
    return peer;
}

// Options

static int set(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof value) == 0 ? 0 : errno;
}

int earshot_probe_open(int is_v6, int is_raw, int is_udp) {
    const int protocol = is_udp ? IPPROTO_UDP : is_v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    const int type = (is_raw ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
    const int fd = socket(is_v6 ? AF_INET6 : AF_INET, type, protocol);
    return fd >= 0 ? fd : -errno;
}

// The kernel hands every echo reply of the host to every raw socket: this spares the program those of others.
int earshot_probe_keep_identifier(int fd, int is_v6, uint16_t identifier) {
    struct sock_filter v4[] = {
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, identifier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0x7fffffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    // A raw IPv6 socket's packets begin behind the IP header.
    struct sock_filter v6[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, identifier, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0x7fffffff),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {
        .len = is_v6 ? sizeof v6 / sizeof v6[0] : sizeof v4 / sizeof v4[0],
        .filter = is_v6 ? v6 : v4,
    };
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0 ? 0 : errno;
}

// The shorter of the two reports.
static int stamp_arrival(int fd, int enabled) { return set(fd, SOL_SOCKET, SO_TIMESTAMPNS, enabled); }

int earshot_probe_prepare(int fd, int is_v6, int is_raw) {
    int code = is_v6 ? set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1) : set(fd, IPPROTO_IP, IP_RECVERR, 1);
    if (code != 0) return code;
    // A raw IPv4 socket hands over the IP header, where the hop limit is.
    if (is_v6) code = set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    else if (!is_raw) code = set(fd, IPPROTO_IP, IP_RECVTTL, 1);
    if (code != 0) return code;
    // Since Linux 5.9; without it there are no extensions to report.
    if (is_v6) set(fd, IPPROTO_IPV6, IPV6_RECVERR_RFC4884, 1);
    else set(fd, IPPROTO_IP, IP_RECVERR_RFC4884, 1);
    code = stamp_arrival(fd, 1);
    if (code != 0 || !is_raw) return code;
    if (is_v6) {
        struct icmp6_filter filter;
        ICMP6_FILTER_SETBLOCKALL(&filter);
        ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
        if (setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter) != 0) return errno;
    } else {
        const struct icmp_filter filter = {.data = ~(1u << ICMP_ECHOREPLY)};
        if (setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof filter) != 0) return errno;
    }
    return 0;
}

int earshot_probe_stamp_sending(int fd) {
    int code = stamp_arrival(fd, 0);
    if (code != 0) return code;
    const int arrival = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    // Off first: only then does the numbering begin anew.
    code = set(fd, SOL_SOCKET, SO_TIMESTAMPING, arrival);
    if (code != 0) return code;
    return set(fd, SOL_SOCKET, SO_TIMESTAMPING,
               arrival | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
}

int earshot_probe_bind(int fd, const struct earshot_probe_peer *source) {
    struct sockaddr_storage storage;
    socklen_t length = to_kernel(source, &storage);
    if (bind(fd, (struct sockaddr *)&storage, length) != 0) return -errno;
    length = sizeof storage;
    if (getsockname(fd, (struct sockaddr *)&storage, &length) != 0) return -errno;
    return from_kernel(&storage).port;
}

int earshot_probe_bind_interface(int fd, const char *name) {
    return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) == 0 ? 0 : errno;
}

int earshot_probe_set_header(int fd, int is_v6, int hop_limit, int traffic_class) {
    int code = 0;
    if (hop_limit >= 0) {
        code = is_v6 ? set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, hop_limit) : set(fd, IPPROTO_IP, IP_TTL, hop_limit);
        if (code != 0) return code;
        code = is_v6 ? set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, hop_limit)
                     : set(fd, IPPROTO_IP, IP_MULTICAST_TTL, hop_limit);
        if (code != 0) return code;
    }
    if (traffic_class < 0) return 0;
    return is_v6 ? set(fd, IPPROTO_IPV6, IPV6_TCLASS, traffic_class) : set(fd, IPPROTO_IP, IP_TOS, traffic_class);
}

int earshot_probe_set_discovery(int fd, int is_v6, int mode) {
    static const int v4[] = {IP_PMTUDISC_DONT, IP_PMTUDISC_WANT, IP_PMTUDISC_DO, IP_PMTUDISC_PROBE};
    static const int v6[] = {IPV6_PMTUDISC_DONT, IPV6_PMTUDISC_WANT, IPV6_PMTUDISC_DO, IPV6_PMTUDISC_PROBE};
    if (mode < 0 || mode > 3) return EINVAL;
    if (!is_v6) return set(fd, IPPROTO_IP, IP_MTU_DISCOVER, v4[mode]);
    const int code = set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, v6[mode]);
    // A raw IPv6 socket fragments by itself otherwise.
    if (code == 0 && mode >= 2) set(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
    return code;
}

void earshot_probe_set_room(int fd, int bytes) {
    if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes) != 0) set(fd, SOL_SOCKET, SO_RCVBUF, bytes);
}

int earshot_probe_route(const struct earshot_probe_peer *to, const char *interface, struct earshot_probe_peer *source,
                        int *mtu) {
    const int fd = socket(to->is_v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    struct earshot_probe_peer target = *to;
    if (target.port == 0) target.port = 1025;
    struct sockaddr_storage storage;
    socklen_t length = to_kernel(&target, &storage);
    int code = interface == NULL ? 0 : earshot_probe_bind_interface(fd, interface);
    // Nothing is sent.
    if (code == 0 && connect(fd, (struct sockaddr *)&storage, length) != 0) code = errno;
    length = sizeof storage;
    if (code == 0 && getsockname(fd, (struct sockaddr *)&storage, &length) != 0) code = errno;
    if (code == 0) {
        *source = from_kernel(&storage);
        socklen_t size = sizeof *mtu;
        const int failed = to->is_v6 ? getsockopt(fd, IPPROTO_IPV6, IPV6_MTU, mtu, &size)
                                     : getsockopt(fd, IPPROTO_IP, IP_MTU, mtu, &size);
        if (failed != 0) *mtu = 0;
    }
    close(fd);
    return code;
}

// Sending

static int send_one(int fd, const void *bytes, const struct earshot_probe_out *probe) {
    struct sockaddr_storage address;
    const socklen_t length = to_kernel(&probe->to, &address);
    ssize_t sent;
    do {
        sent = sendto(fd, (const char *)bytes + probe->offset, probe->length, 0, (struct sockaddr *)&address, length);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 1;
}

int earshot_probe_send(int fd, const void *bytes, const struct earshot_probe_out *probes, int count) {
    // What a flood does millions of times.
    if (count == 1 && probes->hop_limit < 0) return send_one(fd, bytes, probes);
    if (count > EARSHOT_PROBE_BATCH) count = EARSHOT_PROBE_BATCH;
    struct mmsghdr messages[EARSHOT_PROBE_BATCH];
    struct iovec vectors[EARSHOT_PROBE_BATCH];
    struct sockaddr_storage addresses[EARSHOT_PROBE_BATCH];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(sizeof(int))];
    } controls[EARSHOT_PROBE_BATCH];
    for (int index = 0; index < count; index++) {
        const struct earshot_probe_out *probe = &probes[index];
        struct msghdr *message = &messages[index].msg_hdr;
        memset(&messages[index], 0, sizeof messages[index]);
        vectors[index].iov_base = (char *)bytes + probe->offset;
        vectors[index].iov_len = probe->length;
        message->msg_name = &addresses[index];
        message->msg_namelen = to_kernel(&probe->to, &addresses[index]);
        message->msg_iov = &vectors[index];
        message->msg_iovlen = 1;
        if (probe->hop_limit < 0) continue;
        message->msg_control = controls[index].bytes;
        message->msg_controllen = sizeof controls[index].bytes;
        struct cmsghdr *header = CMSG_FIRSTHDR(message);
        header->cmsg_level = probe->to.is_v6 ? IPPROTO_IPV6 : IPPROTO_IP;
        header->cmsg_type = probe->to.is_v6 ? IPV6_HOPLIMIT : IP_TTL;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        const int limit = probe->hop_limit;
        memcpy(CMSG_DATA(header), &limit, sizeof limit);
    }
    int sent;
    do {
        sent = sendmmsg(fd, messages, count, 0);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

// Receiving

static void take_error(struct earshot_probe_in *arrival, const struct cmsghdr *header) {
    struct sock_extended_err error;
    if (header->cmsg_len < CMSG_LEN(sizeof error)) return;
    memcpy(&error, CMSG_DATA(header), sizeof error);
    arrival->error = (int32_t)error.ee_errno;
    arrival->info = error.ee_info;
    arrival->type = error.ee_type;
    arrival->code = error.ee_code;
    switch (error.ee_origin) {
        case SO_EE_ORIGIN_ICMP:
        case SO_EE_ORIGIN_ICMP6:
            arrival->kind = EARSHOT_PROBE_ICMP_ERROR;
            if (!(error.ee_rfc4884.flags & SO_EE_RFC4884_FLAG_INVALID))
                arrival->extension_offset = error.ee_rfc4884.len;
            if (header->cmsg_len >= CMSG_LEN(sizeof error + sizeof(struct sockaddr_in)) &&
                (error.ee_origin == SO_EE_ORIGIN_ICMP ||
                 header->cmsg_len >= CMSG_LEN(sizeof error + sizeof(struct sockaddr_in6))))
                arrival->offender = from_kernel(CMSG_DATA(header) + sizeof error);
            break;
        case SO_EE_ORIGIN_LOCAL: arrival->kind = EARSHOT_PROBE_LOCAL_ERROR; break;
        case SO_EE_ORIGIN_TIMESTAMPING:
            arrival->kind = EARSHOT_PROBE_SENT;
            arrival->info = error.ee_data;
            break;
        default: arrival->kind = EARSHOT_PROBE_OTHER; break;
    }
}

static void take_control(struct earshot_probe_in *arrival, struct msghdr *message) {
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        const int level = header->cmsg_level, type = header->cmsg_type;
        if (level == SOL_SOCKET && (type == SCM_TIMESTAMPNS || type == SCM_TIMESTAMPING) &&
            header->cmsg_len >= CMSG_LEN(sizeof(struct timespec))) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(header), sizeof time);
            arrival->stamp = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
        } else if ((level == IPPROTO_IP && type == IP_TTL) || (level == IPPROTO_IPV6 && type == IPV6_HOPLIMIT)) {
            int limit;
            memcpy(&limit, CMSG_DATA(header), sizeof limit);
            arrival->hop_limit = limit;
        } else if ((level == IPPROTO_IP && type == IP_RECVERR) || (level == IPPROTO_IPV6 && type == IPV6_RECVERR)) {
            take_error(arrival, header);
        }
    }
}

int earshot_probe_receive(int fd, void *bytes, size_t stride, struct earshot_probe_in *arrivals, int count,
                          int errors) {
    if (count > EARSHOT_PROBE_BATCH) count = EARSHOT_PROBE_BATCH;
    struct mmsghdr messages[EARSHOT_PROBE_BATCH];
    struct iovec vectors[EARSHOT_PROBE_BATCH];
    struct sockaddr_storage addresses[EARSHOT_PROBE_BATCH];
    union {
        struct cmsghdr header;
        char bytes[256];
    } controls[EARSHOT_PROBE_BATCH];
    for (int index = 0; index < count; index++) {
        struct msghdr *message = &messages[index].msg_hdr;
        memset(&messages[index], 0, sizeof messages[index]);
        vectors[index].iov_base = (char *)bytes + stride * (size_t)index;
        vectors[index].iov_len = stride;
        addresses[index].ss_family = AF_UNSPEC;
        message->msg_name = &addresses[index];
        message->msg_namelen = sizeof addresses[index];
        message->msg_iov = &vectors[index];
        message->msg_iovlen = 1;
        message->msg_control = controls[index].bytes;
        message->msg_controllen = sizeof controls[index].bytes;
    }
    const int flags = MSG_DONTWAIT | (errors ? MSG_ERRQUEUE : MSG_TRUNC);
    int received;
    do {
        if (count == 1) {
            const ssize_t length = recvmsg(fd, &messages[0].msg_hdr, flags);
            messages[0].msg_len = (unsigned)length;
            received = length < 0 ? -1 : 1;
        } else {
            received = recvmmsg(fd, messages, count, flags, NULL);
        }
    } while (received < 0 && errno == EINTR);
    if (received < 0) return -errno;
    for (int index = 0; index < received; index++) {
        struct earshot_probe_in *arrival = &arrivals[index];
        memset(arrival, 0, sizeof *arrival);
        arrival->hop_limit = -1;
        arrival->kind = errors ? EARSHOT_PROBE_OTHER : EARSHOT_PROBE_MESSAGE;
        arrival->whole_length = messages[index].msg_len;
        arrival->length = messages[index].msg_len < stride ? messages[index].msg_len : (uint32_t)stride;
        arrival->from = from_kernel(&addresses[index]);
        take_control(arrival, &messages[index].msg_hdr);
    }
    return received;
}

int earshot_probe_wait(const int *descriptors, int count, int64_t nanoseconds) {
    struct pollfd entries[8];
    if (count > 8) return -EINVAL;
    for (int index = 0; index < count; index++) entries[index] = (struct pollfd){.fd = descriptors[index], .events = POLLIN};
    const struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    const int ready = ppoll(entries, (nfds_t)count, nanoseconds < 0 ? NULL : &time, NULL);
    if (ready < 0) return errno == EINTR ? 0 : -errno;
    int bits = 0;
    for (int index = 0; index < count; index++) bits |= entries[index].revents != 0 ? 1 << index : 0;
    return bits;
}

int64_t earshot_probe_monotonic(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void earshot_probe_clocks(int64_t *monotonic, int64_t *realtime) {
    struct timespec first, second;
    clock_gettime(CLOCK_MONOTONIC, &first);
    clock_gettime(CLOCK_REALTIME, &second);
    *monotonic = (int64_t)first.tv_sec * 1000000000 + first.tv_nsec;
    *realtime = (int64_t)second.tv_sec * 1000000000 + second.tv_nsec;
}
