#include "packet_ring.h"

#include <errno.h>
#include <linux/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int query(int fd, struct ifreq *request, struct earshot_interface *interface) {
    if (ioctl(fd, SIOCGIFINDEX, request) < 0) return errno;
    interface->index = request->ifr_ifindex;
    if (ioctl(fd, SIOCGIFFLAGS, request) < 0) return errno;
    interface->flags = (unsigned short)request->ifr_flags;
    if (ioctl(fd, SIOCGIFMTU, request) < 0) return errno;
    interface->mtu = request->ifr_mtu;
    if (ioctl(fd, SIOCGIFHWADDR, request) < 0) return errno;
    interface->hardware_type = request->ifr_hwaddr.sa_family;
    memcpy(interface->hardware_address, request->ifr_hwaddr.sa_data, sizeof interface->hardware_address);
    return 0;
}

int earshot_interface_index(int socket, const char *name) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    if (strlen(name) >= sizeof request.ifr_name) return 0;
    strcpy(request.ifr_name, name);
    return ioctl(socket, SIOCGIFINDEX, &request) < 0 ? 0 : request.ifr_ifindex;
}

int earshot_interface_query(const char *name, struct earshot_interface *interface) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    if (strlen(name) >= sizeof request.ifr_name) return ENODEV;
    strcpy(request.ifr_name, name);
    // Any socket carries these ioctls.
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    int result = query(fd, &request, interface);
    close(fd);
    return result;
}

void earshot_thread_name(const char *name) { prctl(PR_SET_NAME, name); }
