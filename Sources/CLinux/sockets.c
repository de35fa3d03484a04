// Sockets.
#include "calls.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/syscall.h>
#include <unistd.h>

struct any_address {
    union {
        struct sockaddr header;
        struct sockaddr_in ipv4;
        struct sockaddr_in6 ipv6;
        struct sockaddr_un local;
        struct sockaddr_storage storage;
    } as;
    socklen_t length;
};

static void store_big_endian(uint8_t *bytes, uint64_t value) {
    for (int index = 0; index < 8; index++) bytes[index] = (uint8_t)(value >> (56 - 8 * index));
}

static uint64_t load_big_endian(const uint8_t *bytes) {
    uint64_t value = 0;
    for (int index = 0; index < 8; index++) value = value << 8 | bytes[index];
    return value;
}

static long make_address(const struct tremolo_address *from, const char *path, struct any_address *to) {
    memset(to, 0, sizeof *to);
    switch (from->family) {
    case tremolo_family_ipv4:
        to->as.ipv4.sin_family = AF_INET;
        to->as.ipv4.sin_port = htons(from->port);
        to->as.ipv4.sin_addr.s_addr = htonl((uint32_t)from->low);
        to->length = sizeof to->as.ipv4;
        return 0;
    case tremolo_family_ipv6:
        to->as.ipv6.sin6_family = AF_INET6;
        to->as.ipv6.sin6_port = htons(from->port);
        store_big_endian(to->as.ipv6.sin6_addr.s6_addr, from->high);
        store_big_endian(to->as.ipv6.sin6_addr.s6_addr + 8, from->low);
        to->length = sizeof to->as.ipv6;
        return 0;
    case tremolo_family_unix: {
        size_t length = path == NULL ? 0 : strlen(path);
        if (length == 0) return -EINVAL;
        if (length >= sizeof to->as.local.sun_path) return -ENAMETOOLONG;
        to->as.local.sun_family = AF_UNIX;
        memcpy(to->as.local.sun_path, path, length + 1);
        to->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + 1);
        return 0;
    }
    default:
        return -EAFNOSUPPORT;
    }
}

static void read_address(const struct any_address *from, struct tremolo_address *to) {
    memset(to, 0, sizeof *to);
    if (from->length < sizeof(sa_family_t)) return;
    switch (from->as.header.sa_family) {
    case AF_INET:
        to->family = tremolo_family_ipv4;
        to->port = ntohs(from->as.ipv4.sin_port);
        to->low = ntohl(from->as.ipv4.sin_addr.s_addr);
        break;
    case AF_INET6:
        to->family = tremolo_family_ipv6;
        to->port = ntohs(from->as.ipv6.sin6_port);
        to->high = load_big_endian(from->as.ipv6.sin6_addr.s6_addr);
        to->low = load_big_endian(from->as.ipv6.sin6_addr.s6_addr + 8);
        break;
    case AF_UNIX:
        to->family = tremolo_family_unix;
        break;
    default:
        break;
    }
}

/// Closes a socket that could not be finished, and hands the reason on.
static long give_up(int socket, long reason) {
    close(socket);
    return reason;
}

long tremolo_is_free_internet(const struct tremolo_address *address) {
    struct any_address place;
    long result = make_address(address, NULL, &place);
    if (result < 0) return result;
    long made = ONCE(socket(place.as.header.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (made < 0) return made;
    int probe = (int)made, on = 1;
    // Without SO_REUSEPORT the kernel refuses an address that any other socket listens on; SO_REUSEADDR lets one pass
    // whose old connections are still dying.
    result = ONCE(setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    if (result >= 0) result = ONCE(bind(probe, &place.as.header, place.length));
    close(probe);
    return result < 0 ? result : 0;
}

long tremolo_listen_internet(const struct tremolo_address *address, int backlog) {
    struct any_address place;
    long result = make_address(address, NULL, &place);
    if (result < 0) return result;
    long made = ONCE(socket(place.as.header.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (made < 0) return made;
    int listener = (int)made, on = 1, off = 0;
    if (place.as.header.sa_family == AF_INET6) {
        result = ONCE(setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
        if (result < 0) return give_up(listener, result);
    }
    result = ONCE(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
    if (result < 0) return give_up(listener, result);
    result = ONCE(setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on));
    if (result < 0) return give_up(listener, result);
    result = ONCE(bind(listener, &place.as.header, place.length));
    if (result < 0) return give_up(listener, result);
    result = ONCE(listen(listener, backlog));
    if (result < 0) return give_up(listener, result);
    return listener;
}

long tremolo_listen_unix(const char *path, unsigned permissions, int backlog) {
    struct tremolo_address address = {0, 0, 0, tremolo_family_unix};
    struct any_address place;
    long result = make_address(&address, path, &place);
    if (result < 0) return result;
    long made = ONCE(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (made < 0) return made;
    int listener = (int)made;
    // The mode of the socket's own inode is what bind gives to the file: there is no moment with a wider one.
    result = ONCE(fchmod(listener, (mode_t)permissions));
    if (result < 0) return give_up(listener, result);
    result = ONCE(bind(listener, &place.as.header, place.length));
    if (result < 0) return give_up(listener, result);
    result = ONCE(chmod(path, (mode_t)permissions));
    if (result < 0) return give_up(listener, result);
    result = ONCE(listen(listener, backlog));
    if (result < 0) return give_up(listener, result);
    return listener;
}

static long set_timeouts(int socket, int milliseconds) {
    struct timeval time = {milliseconds / 1000, (milliseconds % 1000) * 1000};
    long result = ONCE(setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
    if (result < 0) return result;
    return ONCE(setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
}

long tremolo_is_listening_internet(int descriptor) {
    int domain = 0, type = 0, listens = 0;
    long open = ONCE(fcntl(descriptor, F_GETFD));
    if (open < 0) return open;
    socklen_t length = sizeof domain;
    if (getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &length) < 0) return 0;
    length = sizeof type;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) < 0) return 0;
    length = sizeof listens;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) < 0) return 0;
    return (domain == AF_INET || domain == AF_INET6) && type == SOCK_STREAM && listens != 0;
}

long tremolo_set_close_on_exec(int descriptor) { return ONCE(fcntl(descriptor, F_SETFD, FD_CLOEXEC)); }

long tremolo_open_datagrams(int timeout_milliseconds) {
    long made = ONCE(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (made < 0) return made;
    long result = set_timeouts((int)made, timeout_milliseconds);
    return result < 0 ? give_up((int)made, result) : made;
}

long tremolo_send_datagram(int socket, const void *name, size_t name_count, const void *bytes, size_t count,
                           int waits) {
    struct sockaddr_un place;
    memset(&place, 0, sizeof place);
    if (name_count == 0) return -EINVAL;
    if (name_count > sizeof place.sun_path) return -ENAMETOOLONG;
    place.sun_family = AF_UNIX;
    memcpy(place.sun_path, name, name_count);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_count);
    int flags = MSG_NOSIGNAL | (waits ? 0 : MSG_DONTWAIT);
    return RETRY(sendto(socket, bytes, count, flags, (struct sockaddr *)&place, length));
}

long tremolo_accept(int listener, struct tremolo_address *peer) {
    struct any_address place;
    place.length = sizeof place.as;
    long result = RETRY(accept4(listener, &place.as.header, &place.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (result >= 0) read_address(&place, peer);
    return result;
}

static long await_connection(int socket, int timeout_milliseconds) {
    struct pollfd wait = {socket, POLLOUT, 0};
    long ready = RETRY(poll(&wait, 1, timeout_milliseconds));
    if (ready < 0) return ready;
    if (ready == 0) return -ETIMEDOUT;
    int failure = 0;
    socklen_t length = sizeof failure;
    long result = ONCE(getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &length));
    return result < 0 ? result : -(long)failure;
}

// Has a socket come from an address of this machine.
static long bind_source(int client, const struct tremolo_address *source) {
    struct any_address from;
    struct tremolo_address any_port = *source;
    int on = 1;
    any_port.port = 0;
    long result = make_address(&any_port, NULL, &from);
    // The port is chosen when the peer is known: then 28,000 ports are there for each pair of addresses.
    if (result >= 0) result = ONCE(setsockopt(client, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on));
    if (result >= 0) result = ONCE(bind(client, &from.as.header, from.length));
    return result;
}

// A socket in the file system whose backlog is full lets nobody begin: who doesn't wait in connect(2) gets EAGAIN,
// which no poll(2) tells the end of.
static long connect_unix(const struct any_address *place, int timeout_milliseconds) {
    long made = ONCE(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (made < 0) return made;
    int client = (int)made;
    long result = set_timeouts(client, timeout_milliseconds);
    if (result >= 0) result = RETRY(connect(client, &place->as.header, place->length));
    if (result == -EAGAIN) result = -ETIMEDOUT;
    return result < 0 ? give_up(client, result) : client;
}

long tremolo_connect(const struct tremolo_address *address, const char *path, const struct tremolo_address *source,
                     int timeout_milliseconds) {
    struct any_address place;
    long result = make_address(address, path, &place);
    if (result < 0) return result;
    if (path != NULL) return connect_unix(&place, timeout_milliseconds);
    long made = ONCE(socket(place.as.header.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (made < 0) return made;
    int client = (int)made;
    if (source != NULL) result = bind_source(client, source);
    if (result < 0) return give_up(client, result);
    result = ONCE(connect(client, &place.as.header, place.length));
    if (result == -EINPROGRESS || result == -EINTR) result = await_connection(client, timeout_milliseconds);
    if (result < 0) return give_up(client, result);
    result = tremolo_set_nonblocking(client, 0);
    if (result < 0) return give_up(client, result);
    result = set_timeouts(client, timeout_milliseconds);
    if (result < 0) return give_up(client, result);
    return client;
}

long tremolo_connect_start(const struct tremolo_address *address, const struct tremolo_address *source) {
    struct any_address place;
    long result = make_address(address, NULL, &place);
    if (result < 0) return result;
    long made = ONCE(socket(place.as.header.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (made < 0) return made;
    int client = (int)made, on = 1;
    result = ONCE(setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
    if (result < 0) return give_up(client, result);
    if (source != NULL) result = bind_source(client, source);
    if (result < 0) return give_up(client, result);
    result = ONCE(connect(client, &place.as.header, place.length));
    if (result < 0 && result != -EINPROGRESS && result != -EINTR) return give_up(client, result);
    return client;
}

long tremolo_local_address(int socket, struct tremolo_address *address) {
    struct any_address place;
    place.length = sizeof place.as;
    long result = ONCE(getsockname(socket, &place.as.header, &place.length));
    if (result >= 0) read_address(&place, address);
    return result;
}

long tremolo_peer_address(int socket, struct tremolo_address *address) {
    struct any_address place;
    place.length = sizeof place.as;
    long result = ONCE(getpeername(socket, &place.as.header, &place.length));
    if (result >= 0) read_address(&place, address);
    return result;
}

// recv and send of the C library let a thread be cancelled inside, which costs two calls each in a process of several
// threads. Nobody cancels threads here.
long tremolo_receive(int socket, void *bytes, size_t count) {
    return RETRY(syscall(SYS_recvfrom, socket, bytes, count, 0, NULL, NULL));
}

long tremolo_send(int socket, const void *bytes, size_t count, int more) {
    return RETRY(syscall(SYS_sendto, socket, bytes, count, MSG_NOSIGNAL | (more ? MSG_MORE : 0), NULL, 0));
}

long tremolo_shutdown_write(int socket) { return ONCE(shutdown(socket, SHUT_WR)); }

long tremolo_shutdown(int socket) { return ONCE(shutdown(socket, SHUT_RDWR)); }

long tremolo_set_congestion_control(int socket, const char *name) {
    return ONCE(setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, name, strlen(name)));
}

long tremolo_set_no_delay(int socket) {
    int on = 1;
    return ONCE(setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

long tremolo_set_nonblocking(int descriptor, int nonblocking) {
    long flags = ONCE(fcntl(descriptor, F_GETFL));
    if (flags < 0) return flags;
    return ONCE(fcntl(descriptor, F_SETFL, (int)(nonblocking ? flags | O_NONBLOCK : flags & ~(long)O_NONBLOCK)));
}

long tremolo_set_reset_on_close(int socket) {
    struct linger at_once = {1, 0};
    return ONCE(setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
}

long tremolo_set_buffers(int socket, int receive_bytes, int send_bytes) {
    long result = 0;
    if (receive_bytes > 0) {
        result = ONCE(setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes));
        if (result < 0) return result;
    }
    if (send_bytes > 0) result = ONCE(setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes));
    return result;
}

int tremolo_peer_has_ended(int socket) {
    char byte;
    long result = RETRY(recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT));
    return result == 0 || (result < 0 && result != -EAGAIN);
}

long tremolo_peer_user(int socket) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    long result = ONCE(getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length));
    return result < 0 ? result : (long)peer.uid;
}

long tremolo_look_up(const char *name, struct tremolo_address *addresses, size_t room, const char **reason) {
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    struct addrinfo *found = NULL;
    *reason = NULL;
    int failure = getaddrinfo(name, NULL, &wanted, &found);
    if (failure == EAI_SYSTEM) return -errno;
    if (failure != 0) {
        *reason = gai_strerror(failure);
        return 0;
    }
    size_t count = 0;
    for (const struct addrinfo *next = found; next != NULL && count < room; next = next->ai_next) {
        struct any_address place = {.length = next->ai_addrlen};
        if (place.length > sizeof place.as) continue;
        memcpy(&place.as, next->ai_addr, place.length);
        read_address(&place, &addresses[count++]);
    }
    freeaddrinfo(found);
    return (long)count;
}
