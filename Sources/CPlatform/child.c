#define _GNU_SOURCE
#include "tsunagi_child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

// What the child tells its parent through a close-on-exec pipe when it cannot run the program.
struct report {
    int step;
    int error;
};

static void give_up(int line, int step) {
    struct report report = {step, errno};
    ssize_t written = write(line, &report, sizeof report);
    (void)written;
    _exit(127);
}

// Between fork and exec only async-signal-safe calls are allowed: other threads may have held any lock.
static void become_program(
    const char *program, char *const arguments[], char *const environment[],
    int diagnostics, bool change_user, uid_t user, gid_t group, pid_t parent, int line) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int number = 1; number < 65; number++) {
        sigaction(number, &standard, NULL);
    }
    setsid();
    if (change_user) {
        if (setgroups(0, NULL) != 0 || setresgid(group, group, group) != 0
            || setresuid(user, user, user) != 0) {
            give_up(line, TSUNAGI_CHILD_IDENTITY);
        }
    }
    // After the change of user, which clears it.
    if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0) {
        give_up(line, TSUNAGI_CHILD_PARENT_DEATH);
    }
    // The parent may have died before the line above took hold.
    if (getppid() != parent) {
        errno = ESRCH;
        give_up(line, TSUNAGI_CHILD_PARENT_DEATH);
    }
    // Both descriptors go above the standard three first, so that no dup2 below closes one that is still
    // needed.
    int report_line = fcntl(line, F_DUPFD_CLOEXEC, 10);
    int diagnostics_copy = fcntl(diagnostics, F_DUPFD_CLOEXEC, 10);
    int nothing = open("/dev/null", O_RDWR);
    if (report_line < 0 || diagnostics_copy < 0 || nothing < 0
        || dup2(nothing, 0) < 0 || dup2(nothing, 1) < 0 || dup2(diagnostics_copy, 2) < 0
        || dup2(report_line, 3) < 0 || fcntl(3, F_SETFD, FD_CLOEXEC) != 0) {
        give_up(line, TSUNAGI_CHILD_DESCRIPTORS);
    }
    closefrom(4);
    umask(0027);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(program, arguments, environment);
    give_up(3, TSUNAGI_CHILD_EXECUTE);
}

struct tsunagi_child tsunagi_child_start(
    const char *program, char *const arguments[], char *const environment[],
    int diagnostics, bool change_user, uid_t user, gid_t group) {
    struct tsunagi_child child = {-1, TSUNAGI_CHILD_PIPE, 0};
    int line[2];
    if (pipe2(line, O_CLOEXEC) != 0) {
        child.error = errno;
        return child;
    }
    // No signal action of ours may run in the child before it has put the defaults back.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become_program(
            program, arguments, environment, diagnostics, change_user, user, group, parent, line[1]);
        _exit(127);
    }
    int fork_error = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(line[1]);
    if (pid < 0) {
        close(line[0]);
        child.step = TSUNAGI_CHILD_FORK;
        child.error = fork_error;
        return child;
    }
    struct report report;
    ssize_t count;
    do {
        count = read(line[0], &report, sizeof report);
    } while (count < 0 && errno == EINTR);
    close(line[0]);
    if (count == sizeof report) {
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
        }
        child.step = report.step;
        child.error = report.error;
        return child;
    }
    child.pid = pid;
    child.step = TSUNAGI_CHILD_RUNS;
    return child;
}
