// Starting a child program that gives up its rights and dies with us.
// (Not called spawn.h: that would stand in front of the system's own <spawn.h>.)
#ifndef TSUNAGI_CPLATFORM_CHILD_H
#define TSUNAGI_CPLATFORM_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/// How far the start of a child came.
enum tsunagi_child_step {
    TSUNAGI_CHILD_RUNS = 0,
    TSUNAGI_CHILD_PIPE,
    TSUNAGI_CHILD_FORK,
    TSUNAGI_CHILD_IDENTITY,
    TSUNAGI_CHILD_PARENT_DEATH,
    TSUNAGI_CHILD_DESCRIPTORS,
    TSUNAGI_CHILD_EXECUTE,
};

/// A started child, or the step that failed and its errno; the child is reaped already in that case.
struct tsunagi_child {
    pid_t pid;
    int step;
    int error;
};

/// Runs `program` with stdin and stdout on /dev/null and stderr on `diagnostics`, in a session of its own (so
/// that a terminal's Ctrl-C reaches us and not it), with default signals and no other descriptor open.
///
/// The kernel sends it SIGTERM when the THREAD that called this ends: call it from a thread that lives as
/// long as the child should. With `change_user`, supplementary groups are dropped and group and user are set
/// for good.
///
/// - arguments, environment: NULL-terminated; arguments[0] is the program's name.
/// - Returns when the program is running (its exec succeeded) or has failed to.
struct tsunagi_child tsunagi_child_start(
    const char *program, char *const arguments[], char *const environment[],
    int diagnostics, bool change_user, uid_t user, gid_t group);

#endif
