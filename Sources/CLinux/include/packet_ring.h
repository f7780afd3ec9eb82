// What packet(7) and netdevice(7) need and Swift cannot import.
#pragma once

#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>

// Enumerators that are macros of their own names do not come through.
enum {
    EARSHOT_IFLA_IFNAME = IFLA_IFNAME,
    EARSHOT_IFLA_MTU = IFLA_MTU,
    EARSHOT_IFLA_PROP_LIST = IFLA_PROP_LIST,
    EARSHOT_IFLA_ALT_IFNAME = IFLA_ALT_IFNAME,
};

/// Status of a ring block. Once it says TP_STATUS_USER, all the kernel wrote into the block is visible.
static inline uint32_t earshot_block_status(const struct tpacket_block_desc *block) {
    return __atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE);
}

/// Gives a ring block back to the kernel, after everything that was read from it.
static inline void earshot_block_release(struct tpacket_block_desc *block) {
    __atomic_store_n(&block->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

/// An interface as the ioctls of netdevice(7) tell it.
struct earshot_interface {
    int index;
    int mtu;
    unsigned int flags;            // IFF_
    unsigned short hardware_type;  // ARPHRD_
    unsigned char hardware_address[8];
};

/// An interface's index; 0 where there is none of that name, or that cannot be found out. Any socket will do.
int earshot_interface_index(int socket, const char *name);

/// Asks for an interface by name. Returns 0, or an errno.
int earshot_interface_query(const char *name, struct earshot_interface *interface);

/// Names the calling thread, as ps(1) and debuggers show it; 15 bytes at most.
void earshot_thread_name(const char *name);
