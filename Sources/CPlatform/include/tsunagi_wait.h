// Waiting on descriptors, and the name of a thread: calls that glibc shows only with _GNU_SOURCE.
#ifndef TSUNAGI_CPLATFORM_WAIT_H
#define TSUNAGI_CPLATFORM_WAIT_H

#include <poll.h>
#include <stdint.h>

/// What tsunagi_wait found, as poll's bits; both 0 when the time was over.
struct tsunagi_ready {
    short first;
    short second;
};

/// Polls two descriptors (negative ones are left out) for at most so many nanoseconds.
struct tsunagi_ready tsunagi_wait(int first, short wanted, int second, int64_t nanoseconds);

/// An eventfd, non-blocking and closed on exec; -1 and errno when there is none.
int tsunagi_wake_open(void);

/// Makes it readable.
void tsunagi_wake_ring(int descriptor);

/// Makes it unreadable until the next ring.
void tsunagi_wake_quiet(int descriptor);

/// A pipe whose ends are closed on exec; the read end does not block. 0, or errno.
int tsunagi_pipe(int *read_end, int *write_end);

/// Names the calling thread; at most 15 bytes are used.
void tsunagi_name_thread(const char *name);

#endif
