/* A confined process can read and write one descriptor and end; any other call ends it. */
#include "daemon/shell/confine.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { KEPT = 0, FINE = 7 };

static void open_file(void)
{
    (void)syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
}

static void make_socket(void)
{
    (void)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
}

static void start_process(void)
{
    (void)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void run_program(void)
{
    (void)syscall(SYS_execve, "/bin/true", NULL, NULL);
}

static void end_another(void)
{
    (void)syscall(SYS_kill, 1, 0);
}

static void write_elsewhere(void)
{
    (void)syscall(SYS_write, STDERR_FILENO, "x", 1);
}

static void map_memory(void)
{
    (void)syscall(SYS_mprotect, 0, 4096, 7);
}

/* What became of a confined process that did `act`. */
static int status_after(void (*act)(void), int fd)
{
    pid_t pid = fork();
    if (pid == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        if (!sb_confine(fd, KEPT)) {
            _exit(1);
        }
        if (act != NULL) {
            act();
        }
        char c = 0;
        sb_confined_end(read(KEPT, &c, 1) == 1 && write(KEPT, &c, 1) == 1 ? FINE : 2);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_confined_process_serves_its_descriptor(void **state)
{
    int pair[2];
    char c = 'x';
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    assert_int_equal(write(pair[0], &c, 1), 1);
    int status = status_after(NULL, pair[1]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), FINE);
    assert_int_equal(read(pair[0], &c, 1), 1);
    close(pair[0]);
    close(pair[1]);
}

static void test_confined_process_ends_at_any_other_call(void **state)
{
    static void (*const acts[])(void) = {open_file,   make_socket,     start_process, run_program,
                                         end_another, write_elsewhere, map_memory};
    int pair[2];
    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        int status = status_after(acts[i], pair[1]);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_confined_process_serves_its_descriptor),
        cmocka_unit_test(test_confined_process_ends_at_any_other_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
