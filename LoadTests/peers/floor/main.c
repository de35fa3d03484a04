// The kernel's floor: what any server of this shape pays before it does anything of its own.
//
// One thread, level-triggered epoll, accept4, TCP_NODELAY; each readable connection gets one recv and one send of the
// same redirect, of the size and with the headers of the edge's. It neither parses nor records, so a request must come
// in one piece, and none behind another: what tremolo-load sends on loopback. Not a server for anything else.
//
// usage: kernel-floor PORT [close]      close: ends each connection after its answer, as a server that was asked to

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_MAX = 512, RECEIVE_BYTES = 65536, BACKLOG = 4096, EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69 };

static const char keep_alive_answer[] =
    "HTTP/1.1 302 Found\r\n"
    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "Cache-Control: no-store, private\r\n"
    "X-Robots-Tag: noindex\r\n"
    "Location: https://www.mywebsite.com/cart\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Content-Length: 0\r\n"
    "\r\n";

static const char close_answer[] =
    "HTTP/1.1 302 Found\r\n"
    "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
    "Cache-Control: no-store, private\r\n"
    "X-Robots-Tag: noindex\r\n"
    "Location: https://www.mywebsite.com/cart\r\n"
    "Connection: close\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Content-Length: 0\r\n"
    "\r\n";

static int fail(const char *what) {
    fprintf(stderr, "kernel-floor: %s: %s\n", what, strerror(errno));
    return EXIT_UNAVAILABLE;
}

static void accept_all(int listener, int poller) {
    for (;;) {
        const int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) {
            return;
        }
        const int on = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = client};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, client, &event) < 0) {
            close(client);
        }
    }
}

int main(int count, char **arguments) {
    const long port = count >= 2 ? strtol(arguments[1], NULL, 10) : 0;
    const bool closes = count == 3 && strcmp(arguments[2], "close") == 0;
    if (port < 1 || port > 65535 || count > 3 || (count == 3 && !closes)) {
        fprintf(stderr, "usage: kernel-floor PORT [close]\n");
        return EXIT_USAGE;
    }
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int poller = epoll_create1(EPOLL_CLOEXEC);
    if (listener < 0 || poller < 0) {
        return fail("socket");
    }
    const int on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (const struct sockaddr *)&address, sizeof address) < 0 || listen(listener, BACKLOG) < 0) {
        return fail("listen");
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) < 0) {
        return fail("epoll_ctl");
    }

    const char *answer = closes ? close_answer : keep_alive_answer;
    const size_t answer_bytes = closes ? sizeof close_answer - 1 : sizeof keep_alive_answer - 1;
    static char received[RECEIVE_BYTES];
    static struct epoll_event events[EVENTS_MAX];
    for (;;) {
        const int ready = epoll_wait(poller, events, EVENTS_MAX, -1);
        for (int index = 0; index < ready; index++) {
            const int client = events[index].data.fd;
            if (client == listener) {
                accept_all(listener, poller);
                continue;
            }
            const ssize_t bytes = recv(client, received, sizeof received, 0);
            if (bytes < 0 && errno == EAGAIN) {
                continue;
            }
            if (bytes <= 0 || send(client, answer, answer_bytes, MSG_NOSIGNAL) < 0 || closes) {
                close(client);
            }
        }
    }
}
