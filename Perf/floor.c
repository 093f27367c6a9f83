/* The floor of every comparison: one epoll loop that answers canned bytes to whatever it is asked.
 * It does what no server can do without (wait, receive, send) and nothing else.
 * Build: cc -O2 -o floor floor.c      Use: floor PORT BODY-BYTES */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_BODY (1 << 20)
#define EVENTS 256

int main(int argc, char **argv) {
    int port = argc > 2 ? atoi(argv[1]) : 0;
    int body = argc > 2 ? atoi(argv[2]) : -1;
    if (port <= 0 || port > 65535 || body < 0 || body > MAX_BODY) {
        fprintf(stderr, "usage: floor PORT BODY-BYTES\n");
        return 2;
    }
    static char answer[MAX_BODY + 256], request[65536];
    int head = snprintf(answer, 256,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", body);
    memset(answer + head, 'x', (size_t)body);

    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) {
        perror("floor");
        return 1;
    }
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = listener}}, events[EVENTS];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                int peer = accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (peer < 0) continue;
                setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event.data.fd = peer;
                epoll_ctl(epoll, EPOLL_CTL_ADD, peer, &event);
                continue;
            }
            ssize_t got = recv(fd, request, sizeof request, 0);
            if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
            /* A peer that does not read its answers is none that measures: it loses its connection. */
            if (got <= 0 || send(fd, answer, (size_t)(head + body), MSG_NOSIGNAL) != head + body) close(fd);
        }
    }
}
