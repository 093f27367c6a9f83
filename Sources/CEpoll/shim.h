// The kernel's readiness interface, which Swift's Glibc module leaves out.
#include <stdint.h>
#include <sys/epoll.h>

static inline int riffle_epoll_set(int epoll, int operation, int descriptor, uint32_t events, uint32_t token) {
    struct epoll_event event = {.events = events, .data = {.u32 = token}};
    return epoll_ctl(epoll, operation, descriptor, &event);
}

/// Waits at most `nanoseconds`; forever where it is negative.
static inline int riffle_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds) {
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return epoll_pwait2(epoll, events, capacity, nanoseconds < 0 ? 0 : &limit, 0);
}

static inline uint32_t riffle_epoll_token(const struct epoll_event *event) { return event->data.u32; }
