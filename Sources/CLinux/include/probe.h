// Sockets that probe: echo and UDP, many datagrams in a call, what the kernel tells beside them (icmp(7), ip(7),
// ipv6(7), SO_TIMESTAMPING in socket(7)).
#pragma once

#include <stddef.h>
#include <stdint.h>

/// Datagrams handed over in one call at most.
#define EARSHOT_PROBE_BATCH 64

/// An address as numbers: of IPv4 the last 32 bits of `low`, of IPv6 both halves, all in host order.
struct earshot_probe_peer {
    uint64_t high, low;
    uint32_t scope;
    uint16_t port;
    uint16_t is_v6;
};

/// A datagram to send: `length` bytes at `offset` of the caller's buffer.
struct earshot_probe_out {
    struct earshot_probe_peer to;
    uint32_t offset, length;
    int32_t hop_limit;  // -1: the socket's own
};

enum earshot_probe_kind {
    EARSHOT_PROBE_MESSAGE = 0,
    EARSHOT_PROBE_ICMP_ERROR = 1,
    EARSHOT_PROBE_LOCAL_ERROR = 2,
    EARSHOT_PROBE_SENT = 3,  // when a datagram was sent
    EARSHOT_PROBE_OTHER = 4,
};

struct earshot_probe_in {
    struct earshot_probe_peer from;      // of an error: where the datagram at fault was sent to
    struct earshot_probe_peer offender;  // of an error: who reported it
    int64_t stamp;                       // the kernel's, CLOCK_REALTIME in nanoseconds; 0 where it told none
    uint32_t length;                     // bytes received
    uint32_t whole_length;               // bytes there were
    int32_t hop_limit;                   // -1 where the kernel told none
    int32_t error;                       // errno
    uint32_t info;                       // MTU, or the number of the datagram that was sent
    uint16_t extension_offset;           // RFC 4884 extensions among the bytes; 0 none
    uint8_t kind, type, code;
};

/// Opens a socket that does not block and is not inherited: ICMP echo (raw or datagram) or UDP. The descriptor, or a
/// negative errno.
int earshot_probe_open(int is_v6, int is_raw, int is_udp);
/// Lets only echo replies in (raw sockets), and has the kernel report errors, times of arrival
/// and, where the IP header does not come along, hop limits. 0 or an errno.
int earshot_probe_prepare(int fd, int is_v6, int is_raw);
/// Of echo replies, lets only those with this identifier into a raw socket. 0 or an errno.
int earshot_probe_keep_identifier(int fd, int is_v6, uint16_t identifier);
/// Starts to report when datagrams were sent, numbered from 0 again. 0 or an errno.
int earshot_probe_stamp_sending(int fd);
/// Binds a datagram echo socket to `source` and gives its identifier; a negative errno.
int earshot_probe_bind(int fd, const struct earshot_probe_peer *source);
int earshot_probe_bind_interface(int fd, const char *name);
/// Hop limit and traffic class; a negative number leaves the kernel's.
int earshot_probe_set_header(int fd, int is_v6, int hop_limit, int traffic_class);
/// 0 dont, 1 want, 2 do, 3 probe (IP_MTU_DISCOVER, ip(7)).
int earshot_probe_set_discovery(int fd, int is_v6, int mode);
/// Asks for room for this many bytes waiting to be read; more than the system's limit where that is allowed.
void earshot_probe_set_room(int fd, int bytes);
/// The source address, and the path MTU known so far (0 unknown), of what is sent to `to`. 0 or an errno.
int earshot_probe_route(const struct earshot_probe_peer *to, const char *interface, struct earshot_probe_peer *source,
                        int *mtu);

/// Sends; how many were accepted, or the negative errno of the first.
int earshot_probe_send(int fd, const void *bytes, const struct earshot_probe_out *probes, int count);
/// Receives what is there, each into its own `stride` bytes; how many, or a negative errno (-EAGAIN: nothing).
int earshot_probe_receive(int fd, void *bytes, size_t stride, struct earshot_probe_in *arrivals, int count,
                          int errors);
/// Waits until one of the descriptors (-1 is passed over) can be read: a bit for each, 0 when the time is up or a
/// signal came, a negative errno. A negative timeout waits for ever.
int earshot_probe_wait(const int *descriptors, int count, int64_t nanoseconds);
/// CLOCK_MONOTONIC, in nanoseconds.
int64_t earshot_probe_monotonic(void);
/// CLOCK_MONOTONIC and CLOCK_REALTIME, nanoseconds, read together.
void earshot_probe_clocks(int64_t *monotonic, int64_t *realtime);
