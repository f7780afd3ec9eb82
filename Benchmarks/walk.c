// The yardstick: what a bare C program pays to read a savefile and decode it up to the transport headers.
//
//     gcc -O3 -o walk walk.c
//     walk FILE [flows]
//
// Classic pcap in this machine's byte order, Ethernet. It reads blocks of 256 KiB with read(2), the unread tail carried
// over, and checks every length before it looks. With `flows` each TCP and UDP packet is also accounted to its
// conversation. The result is one JSON object.

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024, RECORD = 16, LARGEST = 262144 };

// ---- conversations --------------------------------------------------------------------------------------------------

typedef struct {
    uint64_t a[2], b[2], rest;  // the smaller endpoint's address, the larger's; both ports and the protocol
} Key;

typedef struct {
    uint64_t packets, bytes, first, last;
} Direction;

typedef struct {
    Key key;
    Direction direction[2];
} Flow;

typedef struct {
    uint32_t hash, index;  // index + 1; 0 is an empty slot
} Slot;

static Slot *slots;
static Flow *flows;
static uint32_t flow_count, flow_room, mask;

static void *checked(void *memory) {
    if (!memory) {
        perror("walk");
        exit(1);
    }
    return memory;
}

static inline uint64_t folded(uint64_t x, uint64_t y) {
    unsigned __int128 product = (unsigned __int128)x * y;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint32_t hashed(const Key *k) {
    uint64_t h = folded(k->a[0] ^ 0x9e3779b97f4a7c15, k->a[1] ^ 0xbf58476d1ce4e5b9);
    h ^= folded(k->b[0] ^ 0x94d049bb133111eb, k->b[1] ^ 0xd6e8feb86659fd93);
    return (uint32_t)folded(h ^ 0xa0761d6478bd642f, k->rest ^ 0xe7037ed1a0b428db);
}

static void grow(void) {
    uint32_t room = slots ? (mask + 1) * 2 : 1 << 12;
    free(slots);
    slots = checked(calloc(room, sizeof *slots));
    mask = room - 1;
    flow_room = room / 8 * 5;
    flows = checked(realloc(flows, flow_room * sizeof *flows));
    for (uint32_t i = 0; i < flow_count; i++) {
        uint32_t hash = hashed(&flows[i].key), at = hash & mask;
        while (slots[at].index) at = (at + 1) & mask;
        slots[at] = (Slot){hash, i + 1};
    }
}

static inline void account(Key key, int reversed, uint64_t time, uint32_t bytes) {
    uint32_t hash = hashed(&key), at = hash & mask;
    Flow *flow;
    for (;; at = (at + 1) & mask) {
        Slot slot = slots[at];
        if (!slot.index) {
            if (flow_count == flow_room) {
                grow();
                for (at = hash & mask; slots[at].index;) at = (at + 1) & mask;
            }
            flow = &flows[flow_count++];
            *flow = (Flow){.key = key};
            slots[at] = (Slot){hash, flow_count};
            break;
        }
        flow = &flows[slot.index - 1];
        if (slot.hash == hash && !memcmp(&flow->key, &key, sizeof key)) break;
    }
    Direction *direction = &flow->direction[reversed];
    if (!direction->packets++) direction->first = time;
    direction->last = time;
    direction->bytes += bytes;
}

// ---- decoding -------------------------------------------------------------------------------------------------------

static struct {
    uint64_t packets, frame_bytes, vlan, qinq, stp, arp, unknown_ethertype, ipv4, ipv4_fragments, ipv6, ipv6_fragments,
        ipv6_ext_packets, tcp, udp, udp_first_fragments, icmp, icmpv6, other_protocol, tcp_payload_bytes_sent,
        tcp_options_bytes, udp_payload_bytes, malformed;
} count;

static inline uint16_t be16(const uint8_t *p) {
    uint16_t v;
    memcpy(&v, p, 2);
    return __builtin_bswap16(v);
}

static inline uint32_t be32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return __builtin_bswap32(v);
}

static inline uint64_t word64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

// p…end is what was captured of the packet, length what its header says is there.
static inline void transport(int with_flows, int version, const uint8_t *addresses, unsigned protocol, int fragment,
                             const uint8_t *p, const uint8_t *end, size_t length, uint64_t time, uint32_t wire) {
    size_t there = end - p;
    switch (protocol) {
    case 6: {
        if (there < 20) goto malformed;
        size_t header = (p[12] >> 4) * 4;
        if (header < 20 || header > there || header > length) goto malformed;
        count.tcp++;
        count.tcp_options_bytes += header - 20;
        count.tcp_payload_bytes_sent += length - header;
        break;
    }
    case 17: {
        if (there < 8) goto malformed;
        size_t datagram = be16(p + 4);
        if (datagram < 8 || (!fragment && datagram > length)) goto malformed;
        if (fragment)
            count.udp_first_fragments++;
        else
            count.udp++;
        count.udp_payload_bytes += datagram - 8;
        break;
    }
    case 1:
    case 58:
        if (there < 4) goto malformed;
        if (protocol == 1)
            count.icmp++;
        else
            count.icmpv6++;
        return;
    default:
        count.other_protocol++;
        return;
    }
    if (with_flows) {
        uint64_t source[2] = {0}, destination[2] = {0};
        if (version == 4) {
            source[1] = be32(addresses);
            destination[1] = be32(addresses + 4);
        } else {
            memcpy(source, addresses, 16);
            memcpy(destination, addresses + 16, 16);
        }
        uint64_t from = be16(p), to = be16(p + 2);
        int reversed = source[0] != destination[0]   ? source[0] > destination[0]
                       : source[1] != destination[1] ? source[1] > destination[1]
                                                     : from > to;
        uint64_t kind = (uint64_t)version << 8 | protocol;
        Key key = reversed ? (Key){{destination[0], destination[1]}, {source[0], source[1]}, kind << 32 | to << 16 | from}
                           : (Key){{source[0], source[1]}, {destination[0], destination[1]}, kind << 32 | from << 16 | to};
        account(key, reversed, time, wire);
    }
    return;
malformed:
    count.malformed++;
}

static inline void decode(int with_flows, const uint8_t *p, const uint8_t *end, uint64_t time, uint32_t wire) {
    count.packets++;
    count.frame_bytes += wire;
    if (end - p < 14) goto malformed;
    unsigned type = be16(p + 12), tags = 0;
    p += 14;
    while (type == 0x8100 || type == 0x88a8) {
        if (end - p < 4) goto malformed;
        tags++;
        type = be16(p + 2);
        p += 4;
    }
    if (tags == 1) count.vlan++;
    if (tags > 1) count.qinq++;
    if (type == 0x0800) {
        if (end - p < 20 || p[0] >> 4 != 4) goto malformed;
        size_t header = (p[0] & 15) * 4, total = be16(p + 2);
        if (header < 20 || total < header || (size_t)(end - p) < header) goto malformed;
        if ((size_t)(end - p) > total) end = p + total;
        count.ipv4++;
        unsigned fragment = be16(p + 6) & 0x3fff;
        if (fragment) {
            count.ipv4_fragments++;
            if (fragment & 0x1fff) return;
        }
        transport(with_flows, 4, p + 12, p[9], fragment != 0, p + header, end, total - header, time, wire);
    } else if (type == 0x86dd) {
        if (end - p < 40 || p[0] >> 4 != 6) goto malformed;
        size_t length = be16(p + 4);
        const uint8_t *addresses = p + 8;
        unsigned next = p[6], extended = 0, fragment = 0;
        p += 40;
        if ((size_t)(end - p) > length) end = p + length;
        count.ipv6++;
        for (;;) {
            size_t header;
            if (next == 0 || next == 43 || next == 60) {
                if (end - p < 8) goto malformed;
                header = (p[1] + 1) * 8;
                extended = 1;
            } else if (next == 44) {
                if (end - p < 8) goto malformed;
                header = 8;
                fragment = be16(p + 2) & 0xfff9;
                count.ipv6_fragments++;
            } else
                break;
            if ((size_t)(end - p) < header || length < header) goto malformed;
            next = p[0];
            p += header;
            length -= header;
            if (fragment & 0xfff8) return;
        }
        count.ipv6_ext_packets += extended;
        transport(with_flows, 6, addresses, next, fragment != 0, p, end, length, time, wire);
    } else if (type == 0x0806) {
        if (end - p < 28) goto malformed;
        count.arp++;
    } else if (type <= 1500) {
        if (end - p < 3) goto malformed;
        if (p[0] == 0x42 && p[1] == 0x42) count.stp++;
    } else
        count.unknown_ethertype++;
    return;
malformed:
    count.malformed++;
}

// ---- reading --------------------------------------------------------------------------------------------------------

__attribute__((always_inline)) static inline void walk(int file, uint8_t *block, uint64_t unit, int with_flows) {
    size_t tail = 0;
    for (;;) {
        // Each block lands at the same place; what the block before left lies just in front of it.
        ssize_t got = read(file, block, BLOCK);
        if (got < 0) {
            perror("walk: read");
            exit(1);
        }
        const uint8_t *p = block - tail, *end = block + got;
        while (end - p >= RECORD) {
            uint32_t header[4];
            memcpy(header, p, RECORD);
            if (header[2] > LARGEST) {
                fprintf(stderr, "walk: a record of %u bytes\n", header[2]);
                exit(1);
            }
            if ((size_t)(end - p) - RECORD < header[2]) break;
            decode(with_flows, p + RECORD, p + RECORD + header[2], header[0] * unit + header[1], header[3]);
            p += RECORD + header[2];
        }
        tail = end - p;
        if (!got) break;
        memmove(block - tail, p, tail);
    }
    if (tail) {
        fprintf(stderr, "walk: the file ends within a record\n");
        exit(1);
    }
}

int main(int argc, char **argv) {
    int with_flows = argc == 3 && !strcmp(argv[2], "flows");
    if (argc != 2 + with_flows) {
        fprintf(stderr, "usage: walk FILE [flows]\n");
        return 2;
    }
    int file = open(argv[1], O_RDONLY);
    uint32_t header[6];
    if (file < 0 || read(file, header, sizeof header) != sizeof header) {
        perror(argv[1]);
        return 1;
    }
    if ((header[0] != 0xa1b2c3d4 && header[0] != 0xa1b23c4d) || (header[5] & 0xfffffff) != 1) {
        fprintf(stderr, "walk: only classic pcap of Ethernet in this machine's byte order\n");
        return 1;
    }
    uint64_t unit = header[0] == 0xa1b2c3d4 ? 1000000 : 1000000000;
    size_t front = RECORD + LARGEST + 4096;
    uint8_t *memory = checked(aligned_alloc(4096, (front + BLOCK) / 4096 * 4096));
    uint8_t *block = memory + front / 4096 * 4096;
    if (with_flows) {
        grow();
        walk(file, block, unit, 1);
    } else
        walk(file, block, unit, 0);

    printf("{");
#define SHOW(name) printf("\"" #name "\": %llu, ", (unsigned long long)count.name)
    SHOW(packets), SHOW(frame_bytes), SHOW(vlan), SHOW(qinq), SHOW(stp), SHOW(arp), SHOW(unknown_ethertype), SHOW(ipv4);
    SHOW(ipv4_fragments), SHOW(ipv6), SHOW(ipv6_fragments), SHOW(ipv6_ext_packets), SHOW(tcp), SHOW(udp);
    SHOW(udp_first_fragments), SHOW(icmp), SHOW(icmpv6), SHOW(other_protocol), SHOW(tcp_payload_bytes_sent);
    SHOW(tcp_options_bytes), SHOW(udp_payload_bytes);
    if (with_flows) {
        uint64_t packets = 0, bytes = 0, seconds = 0, tcp = 0;
        for (uint32_t i = 0; i < flow_count; i++) {
            tcp += (flows[i].key.rest >> 32 & 0xff) == 6;
            for (int d = 0; d < 2; d++) {
                const Direction *direction = &flows[i].direction[d];
                packets += direction->packets;
                bytes += direction->bytes;
                seconds += direction->packets ? (direction->last - direction->first) / unit : 0;
            }
        }
        printf("\"flows\": %u, \"tcp_flows\": %llu, \"flow_packets\": %llu, \"flow_bytes\": %llu, \"flow_seconds\": %llu, ",
               flow_count, (unsigned long long)tcp, (unsigned long long)packets, (unsigned long long)bytes,
               (unsigned long long)seconds);
    }
    printf("\"malformed\": %llu}\n", (unsigned long long)count.malformed);
    return 0;
}
