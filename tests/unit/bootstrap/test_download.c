/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "bootstrap/crypto.h"
#include "bootstrap/download.h"
#include "common/file.h"
#include "common/parse.h"
#include "tests/unit/test.h"

#define SIZE ((size_t)1000 * 1000 + 7)

/* A server of one file, one connection after the other; what it does wrong is the test's. */
static struct {
    int listening;
    uint16_t port;
    pthread_t thread;
    char *data, sha256[SHA256_HEX_SIZE];
    /* behaviour */
    size_t cut_after;    /* ends the connection after so many bytes of a body; 0: never */
    bool ignore_range;   /* 200 with the whole file */
    bool other_etag;     /* If-Range never fits */
    bool flip;           /* one byte of each body is wrong */
    int status;          /* answered instead; 0: none */
    unsigned fail_first; /* so many requests get 503 */
    /* what was seen */
    unsigned requests, partial;
} server;

static void serve(int fd)
{
    char request[4096] = "", header[256];
    const char *range, *condition;
    size_t n = 0, from = 0, len;
    bool part, flip = server.flip; /* the test may be over before the last byte is put right */

    while (n < sizeof(request) - 1 && !strstr(request, "\r\n\r\n")) {
        ssize_t got = read(fd, request + n, sizeof(request) - 1 - n);

        if (got <= 0)
            return;
        n += (size_t)got;
    }
    server.requests++;
    if (server.status || server.requests <= server.fail_first) {
        (void)snprintf(header, sizeof(header),
                       "HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                       server.status ? server.status : 503);
        (void)!write(fd, header, strlen(header));
        return;
    }
    range = strcasestr(request, "\r\nRange: bytes=");
    condition = strcasestr(request, "\r\nIf-Range: ");
    part = range && !server.ignore_range && !server.other_etag &&
           (!condition || strstr(condition, server.sha256));
    if (part) {
        from = strtoul(range + strlen("\r\nRange: bytes="), NULL, 10);
        server.partial++;
    }
    len = SIZE - from;
    (void)snprintf(header, sizeof(header),
                   "HTTP/1.1 %s\r\nContent-Length: %zu\r\nETag: \"%s\"\r\nConnection: close\r\n"
                   "%s%zu-%zu/%zu\r\n\r\n",
                   part ? "206 Partial Content" : "200 OK", len, server.sha256,
                   part ? "Content-Range: bytes " : "X-None: ", from, SIZE - 1, SIZE);
    (void)!write(fd, header, strlen(header));
    if (server.cut_after && len > server.cut_after)
        len = server.cut_after;
    if (flip)
        server.data[SIZE / 2] ^= 1;
    for (size_t at = 0; at < len;) {
        ssize_t put = send(fd, server.data + from + at, len - at, MSG_NOSIGNAL);

        if (put <= 0)
            break;
        at += (size_t)put;
    }
    if (flip)
        server.data[SIZE / 2] ^= 1;
}

static void *serve_all(void *unused)
{
    (void)unused;
    for (;;) {
        int fd = accept(server.listening, NULL, NULL);

        if (fd < 0)
            return NULL;
        serve(fd);
        close(fd);
    }
}

static char folder[] = "/tmp/test-download-XXXXXX";
static char path[64], part[80], url[64];

static int set_up(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    uint8_t digest[SHA256_SIZE];

    (void)state;
    server.data = malloc(SIZE);
    for (size_t i = 0; i < SIZE; i++)
        server.data[i] = (char)(i * 2654435761u >> 13);
    assert_int_equal(sha256_of(server.data, SIZE, digest), 0);
    format_hex(digest, sizeof(digest), server.sha256);
    server.listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server.listening, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server.listening, 16), 0);
    assert_int_equal(getsockname(server.listening, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pthread_create(&server.thread, NULL, serve_all, NULL), 0);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/file", folder);
    (void)snprintf(part, sizeof(part), "%s.part", path);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/file", ntohs(address.sin_port));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    shutdown(server.listening, SHUT_RDWR);
    close(server.listening);
    pthread_join(server.thread, NULL);
    free(server.data);
    return rmdir(folder);
}

/* Before each test: a well-behaved server and no file. */
static int begin(void **state)
{
    (void)state;
    server.cut_after = 0;
    server.ignore_range = server.other_etag = server.flip = false;
    server.status = 0;
    server.fail_first = server.requests = server.partial = 0;
    (void)unlink(path);
    (void)unlink(part);
    return 0;
}

static int end(void **state)
{
    return begin(state);
}

static int get(struct error *e)
{
    const struct fetch_identity nobody = {.user_agent = "test"};
    _cleanup_(fetcher_freep) struct fetcher *f = NULL;
    _Atomic uint64_t got = 0;
    struct download d = {
        .url = url, .sha256 = server.sha256, .size = SIZE, .path = path, .mode = 0755, .got = &got};
    int r;

    *e = (struct error)ERROR_INIT;
    assert_good(fetcher_new(&nobody, &f, e), e);
    r = download_run(f, &d, e);
    if (r == 0)
        assert_int_equal(got, SIZE);
    return r;
}

static void assert_there(void)
{
    struct error e = ERROR_INIT;
    struct stat st;
    bool good = false;

    assert_good(file_has_digest(path, SIZE, server.sha256, &good, &e), &e);
    assert_true(good);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0755);
    assert_int_equal(access(part, F_OK), -1);
}

static void put_part(const char *data, size_t len)
{
    struct error e = ERROR_INIT;

    assert_good(file_write_atomic(AT_FDCWD, part, data, len, 0600, &e), &e);
}

static void test_whole(void **state)
{
    struct error e;

    (void)state;
    assert_good(get(&e), &e);
    assert_there();
    assert_int_equal(server.requests, 1);
}

static void test_cut_connections_are_carried_on(void **state)
{
    struct error e;

    (void)state;
    server.cut_after = 300000;
    assert_good(get(&e), &e);
    assert_there();
    assert_int_equal(server.requests, 4);
    assert_int_equal(server.partial, 3);
}

static void test_what_an_earlier_run_left(void **state)
{
    static const size_t lengths[] = {1, 65536, SIZE - 1, SIZE};
    struct error e;

    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        begin(state);
        put_part(server.data, lengths[i]);
        assert_good(get(&e), &e);
        assert_there();
        assert_int_equal(server.partial, lengths[i] < SIZE);
        assert_int_equal(server.requests, lengths[i] < SIZE);
    }
}

static void test_leftovers_of_another_file(void **state)
{
    _cleanup_free_ char *other = calloc(1, SIZE + 1);
    struct error e;

    /* as long as ours, shorter, longer: found out by the digest, and begun anew */
    for (size_t len = SIZE - 1; len <= SIZE + 1; len++) {
        begin(state);
        put_part(other, len);
        assert_good(get(&e), &e);
        assert_there();
    }
}

static void test_servers_without_ranges(void **state)
{
    struct error e;

    put_part(server.data, 5000);
    server.ignore_range = true;
    assert_good(get(&e), &e);
    assert_there();
    begin(state);
    put_part(server.data, 5000);
    server.other_etag = true;
    assert_good(get(&e), &e);
    assert_there();
}

static void test_corrupt(void **state)
{
    struct error e;

    (void)state;
    server.flip = true;
    assert_int_equal(get(&e), -EBADMSG);
    assert_non_null(strstr(e.message, server.sha256)); /* what was expected */
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(part, F_OK), -1); /* nothing of it is carried on */
}

static void test_the_old_file_stays(void **state)
{
    _cleanup_free_ char *text = NULL;
    struct error e;
    size_t len;

    (void)state;
    assert_good(file_write_atomic(AT_FDCWD, path, "old", 3, 0644, &e), &e);
    server.flip = true;
    assert_int_equal(get(&e), -EBADMSG);
    assert_good(file_read(AT_FDCWD, path, 100, &text, &len, &e), &e);
    assert_string_equal(text, "old");
}

static void test_statuses(void **state)
{
    struct error e;

    (void)state;
    server.status = 404;
    assert_int_equal(get(&e), -ENOENT);
    assert_int_equal(server.requests, 1); /* asking again does not help */
    server.status = 403;
    assert_int_equal(get(&e), -EPROTO);
    begin(state);
    server.fail_first = 2;
    assert_good(get(&e), &e);
    assert_there();
    assert_int_equal(server.requests, 3);
}

static void test_digest_of_a_file(void **state)
{
    struct error e = ERROR_INIT;
    bool good = true;

    (void)state;
    assert_good(file_has_digest(path, SIZE, server.sha256, &good, &e), &e);
    assert_false(good); /* missing */
    assert_good(file_write_atomic(AT_FDCWD, path, server.data, SIZE - 1, 0644, &e), &e);
    assert_good(file_has_digest(path, SIZE, server.sha256, &good, &e), &e);
    assert_false(good); /* short */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole, begin, end),
        cmocka_unit_test_setup_teardown(test_cut_connections_are_carried_on, begin, end),
        cmocka_unit_test_setup_teardown(test_what_an_earlier_run_left, begin, end),
        cmocka_unit_test_setup_teardown(test_leftovers_of_another_file, begin, end),
        cmocka_unit_test_setup_teardown(test_servers_without_ranges, begin, end),
        cmocka_unit_test_setup_teardown(test_corrupt, begin, end),
        cmocka_unit_test_setup_teardown(test_the_old_file_stays, begin, end),
        cmocka_unit_test_setup_teardown(test_statuses, begin, end),
        cmocka_unit_test_setup_teardown(test_digest_of_a_file, begin, end),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
