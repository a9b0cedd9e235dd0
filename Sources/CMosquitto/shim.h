// The door to libmosquitto. What Swift cannot say itself stands here as static inlines.
#ifndef TSUNAGI_CMOSQUITTO_SHIM_H
#define TSUNAGI_CMOSQUITTO_SHIM_H

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>

/// One call of mosquitto_loop_read and what it left behind.
struct tsunagi_read_step {
    /// MOSQ_ERR_…
    int code;
    /// errno as the call left it; 0 when it touched nothing. EAGAIN means that the socket is drained.
    int error;
};

/// Reads one packet. errno is thread-local and Swift may disturb it between two statements, so it is taken
/// here.
static inline struct tsunagi_read_step tsunagi_loop_read(struct mosquitto *link) {
    struct tsunagi_read_step step;
    errno = 0;
    step.code = mosquitto_loop_read(link, 1);
    step.error = errno;
    return step;
}

/// Ends a callback: a queued acknowledgement writes to a socket pair that nobody drains in our mode, and the
/// full pair leaves EAGAIN behind, which must not be taken for a drained socket.
static inline void tsunagi_clear_errno(void) {
    errno = 0;
}

#endif
