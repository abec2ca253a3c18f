/* The service manager hears READY=1, at a path or an abstract name, also where there is no room. */
#include "daemon/shell/notify.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static int listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, strlen(name));
    address.sun_path[0] = name[0] == '@' ? '\0' : name[0];
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, n), 0);
    return fd;
}

static void assert_heard(const char *name)
{
    char heard[32] = "";
    int fd = listen_at(name);
    setenv("NOTIFY_SOCKET", name, 1);
    assert_true(sb_notify("READY=1"));
    assert_int_equal(recv(fd, heard, sizeof heard - 1, 0), 7);
    assert_string_equal(heard, "READY=1");
    close(fd);
}

static void test_notify_is_heard_at_a_path_and_at_an_abstract_name(void **state)
{
    char name[80];
    (void)state;
    snprintf(name, sizeof name, "/tmp/samenbus-notify-%ld", (long)getpid());
    assert_heard(name);
    unlink(name);
    snprintf(name, sizeof name, "@samenbus-notify-%ld", (long)getpid());
    assert_heard(name);
}

static void test_notify_without_a_manager_has_nothing_to_do(void **state)
{
    (void)state;
    unsetenv("NOTIFY_SOCKET");
    assert_true(sb_notify("READY=1"));
    setenv("NOTIFY_SOCKET", "", 1);
    assert_true(sb_notify("READY=1"));
}

static void test_notify_says_when_nobody_listens_or_the_name_is_none(void **state)
{
    char longest[200];
    (void)state;
    setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
    assert_false(sb_notify("READY=1"));
    setenv("NOTIFY_SOCKET", "relative", 1);
    assert_false(sb_notify("READY=1"));
    memset(longest, 'x', sizeof longest);
    longest[0] = '/';
    longest[sizeof longest - 1] = '\0';
    setenv("NOTIFY_SOCKET", longest, 1);
    assert_false(sb_notify("READY=1"));
}

/* Fills the manager's socket; how many went in. */
static int fill(void)
{
    int n = 0;
    while (n < 100000 && sb_notify("WATCHDOG=1")) {
        n++;
    }
    return n;
}

struct saying {
    _Atomic pid_t thread;
    bool told;
};

static void *say(void *arg)
{
    struct saying *saying = arg;
    saying->thread = gettid();
    saying->told = sb_notify_surely("READY=1");
    saying->thread = -1;
    return NULL;
}

/* Does it wait, which it can nowhere but for room? False once it is done. */
static bool waits(const struct saying *saying)
{
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)saying->thread);
    FILE *f = fopen(path, "r");
    if (f == NULL) {
        return false;
    }
    const char *state = fgets(line, sizeof line, f) == NULL ? NULL : strrchr(line, ')');
    fclose(f);
    return state != NULL && state[2] == 'S' && saying->thread > 0;
}

static void test_notify_waits_for_room_with_what_is_said_once(void **state)
{
    char name[80], heard[32] = "";
    struct saying saying = {0};
    pthread_t thread;
    (void)state;
    snprintf(name, sizeof name, "@samenbus-notify-full-%ld", (long)getpid());
    int fd = listen_at(name);
    setenv("NOTIFY_SOCKET", name, 1);
    assert_in_range(fill(), 1, 99999);
    assert_int_equal(pthread_create(&thread, NULL, say, &saying), 0);
    while (saying.thread >= 0 && !waits(&saying)) {
        sched_yield();
    }
    assert_true(recv(fd, heard, sizeof heard - 1, 0) > 0); /* room for one */
    assert_string_equal(heard, "WATCHDOG=1");
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(saying.told);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_notify_is_heard_at_a_path_and_at_an_abstract_name),
        cmocka_unit_test(test_notify_without_a_manager_has_nothing_to_do),
        cmocka_unit_test(test_notify_waits_for_room_with_what_is_said_once),
        cmocka_unit_test(test_notify_says_when_nobody_listens_or_the_name_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
