#define _GNU_SOURCE
#include "tsunagi_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct tsunagi_ready tsunagi_wait(int first, short wanted, int second, int64_t nanoseconds) {
    struct pollfd places[2] = {{first, wanted, 0}, {second, POLLIN, 0}};
    struct timespec time = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    struct tsunagi_ready ready = {0, 0};
    if (ppoll(places, 2, &time, NULL) > 0) {
        ready.first = places[0].revents;
        ready.second = places[1].revents;
    }
    return ready;
}

int tsunagi_wake_open(void) {
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void tsunagi_wake_ring(int descriptor) {
    (void)eventfd_write(descriptor, 1);
}

void tsunagi_wake_quiet(int descriptor) {
    eventfd_t count;
    (void)eventfd_read(descriptor, &count);
}

int tsunagi_pipe(int *read_end, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return errno;
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    *read_end = ends[0];
    *write_end = ends[1];
    return 0;
}

void tsunagi_name_thread(const char *name) {
    char cut[16] = {0};
    for (int index = 0; index < 15 && name[index] != 0; index++) {
        cut[index] = name[index];
    }
    (void)pthread_setname_np(pthread_self(), cut);
}
