/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bootstrap/notify.h"
#include "tests/unit/test.h"

/* name begins with '@' for the abstract namespace, as in NOTIFY_SOCKET. */
static void send_and_receive(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char got[128] = "";

    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
                     0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    notify_send("READY=1");
    assert_true(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT) > 0);
    assert_string_equal(got, "READY=1");
    memset(got, 0, sizeof(got));
    notify_sendf("STATUS=%s %d%%", "disks", 40);
    assert_true(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT) > 0);
    assert_string_equal(got, "STATUS=disks 40%");
    assert_int_equal(close(fd), 0);
}

static void test_path(void **state)
{
    char folder[] = "/tmp/test_notify.XXXXXX", path[64];

    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/s", folder);
    send_and_receive(path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void test_abstract(void **state)
{
    char name[64];

    (void)state;
    (void)snprintf(name, sizeof(name), "@test_notify.%d", (int)getpid());
    send_and_receive(name);
}

/* Nobody there, or nothing sensible: silence. */
static void test_nobody(void **state)
{
    char longest[256];

    (void)state;
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    notify_send("READY=1");
    memset(longest, 'x', sizeof(longest) - 1);
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(setenv("NOTIFY_SOCKET", longest, 1), 0);
    notify_send("READY=1");
    assert_int_equal(setenv("NOTIFY_SOCKET", "relative", 1), 0);
    notify_send("READY=1");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_abstract),
        cmocka_unit_test(test_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
