/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "common/file.h"
#include "tests/unit/test.h"

static char folder[64];
static int folder_fd = -1;

static int setup(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/test_file.XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder_fd < 0 ? -1 : 0;
}

static int remove_tree(void **state)
{
    DIR *d = fdopendir(folder_fd);
    struct dirent *entry;

    (void)state;
    while ((entry = readdir(d)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(d), entry->d_name, 0); /* what stays makes rmdir fail */
    closedir(d);
    return rmdir(folder);
}

static size_t count_entries(int fd)
{
    DIR *d = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    size_t n = 0;

    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void assert_content(const char *path, const char *expected)
{
    _cleanup_free_ char *text = NULL;
    struct error e = ERROR_INIT;
    size_t len = 0;

    assert_good(file_read(folder_fd, path, 1 << 20, &text, &len, &e), &e);
    assert_int_equal(len, strlen(expected));
    assert_string_equal(text, expected);
}

static void test_read(void **state)
{
    struct error e = ERROR_INIT;
    char *text = NULL;
    size_t len = 0;

    (void)state;
    assert_int_equal(file_read(folder_fd, "none", 10, &text, &len, &e), -ENOENT);
    assert_non_null(strstr(e.message, "none: No such file"));
    assert_null(text);

    assert_good(file_write_atomic(folder_fd, "ten", "0123456789", 10, 0600, &e), &e);
    assert_int_equal(file_read(folder_fd, "ten", 9, &text, &len, &e), -E2BIG);
    assert_null(text);
    assert_good(file_read(folder_fd, "ten", 10, &text, &len, &e), &e);
    assert_int_equal(len, 10);
    assert_string_equal(text, "0123456789");
    free(text);

    text = NULL;
    assert_good(file_write_atomic(folder_fd, "empty", "", 0, 0600, &e), &e);
    assert_good(file_read(folder_fd, "empty", 0, &text, &len, &e), &e);
    assert_int_equal(len, 0);
    assert_string_equal(text, "");
    free(text);
}

static void test_read_what_is_no_file(void **state)
{
    struct error e = ERROR_INIT;
    char *text = NULL;
    size_t len = 0;

    (void)state;
    assert_int_equal(file_read(folder_fd, ".", 10, &text, &len, &e), -EINVAL);
    assert_int_equal(mkfifoat(folder_fd, "fifo", 0600), 0);
    assert_int_equal(file_read(folder_fd, "fifo", 10, &text, &len, &e), -EINVAL); /* no hang */
    assert_int_equal(file_read(AT_FDCWD, "/dev/zero", 10, &text, &len, &e), -EINVAL);
    assert_null(text);

    /* Of procfs every size is 0. */
    assert_good(file_read(AT_FDCWD, "/proc/self/status", 1 << 20, &text, &len, &e), &e);
    assert_true(len > 100);
    assert_int_equal(strlen(text), len);
    free(text);
}

static void test_read_line(void **state)
{
    static const struct {
        const char *text, *line; /* NULL: refused */
    } cases[] = {
        {"",             ""       },
        {"\n",           ""       },
        {"1",            "1"      },
        {"1\n",          "1"      },
        {" 1 \t\r\n",    " 1 \t\r"}, /* blanks stay */
        {"one\ntwo two", "one"    },
        {"1234567",      "1234567"},
        {"1234567\n",    "1234567"},
        {"12345678",     NULL     }, /* no room for the NUL */
        {"12345678\n",   NULL     },
    };
    struct error e = ERROR_INIT;
    char line[8], *page;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *text = cases[i].text;

        memset(line, 'x', sizeof(line));
        assert_good(file_write_atomic(folder_fd, "line", text, strlen(text), 0600, &e), &e);
        assert_int_equal(file_read_line(folder_fd, "line", line, sizeof(line)), !!cases[i].line);
        assert_string_equal(line, cases[i].line ? cases[i].line : "");
    }

    /* What cannot be read leaves nothing of another line behind. */
    memset(line, 'x', sizeof(line));
    assert_false(file_read_line(folder_fd, "none", line, sizeof(line)));
    assert_string_equal(line, "");
    memset(line, 'x', sizeof(line));
    assert_false(file_read_line(folder_fd, ".", line, sizeof(line)));
    assert_string_equal(line, "");

    /* A page, and not a byte more. */
    page = malloc(4097);
    assert_non_null(page);
    memset(page, '\n', 4097);
    page[0] = '1';
    assert_good(file_write_atomic(folder_fd, "line", page, 4096, 0600, &e), &e);
    assert_true(file_read_line(folder_fd, "line", line, sizeof(line)));
    assert_string_equal(line, "1");
    assert_good(file_write_atomic(folder_fd, "line", page, 4097, 0600, &e), &e);
    assert_false(file_read_line(folder_fd, "line", line, sizeof(line)));
    free(page);
}

static void test_set_aside(void **state)
{
    struct error e = ERROR_INIT;
    char path[128];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/aside", folder);
    assert_int_equal(file_set_aside(path, &e), -ENOENT);
    assert_non_null(strstr(e.message, "setting aside /tmp/test_file."));
    assert_good(file_write_atomic(folder_fd, "aside", "one", 3, 0600, &e), &e);
    assert_good(file_set_aside(path, &e), &e);
    assert_int_equal(faccessat(folder_fd, "aside", F_OK, 0), -1);
    assert_content("aside.broken", "one");
    /* The newest is the one to look at. */
    assert_good(file_write_atomic(folder_fd, "aside", "two", 3, 0600, &e), &e);
    assert_good(file_set_aside(path, &e), &e);
    assert_content("aside.broken", "two");
}

static void test_write_replaces(void **state)
{
    size_t before = count_entries(folder_fd);
    struct error e = ERROR_INIT;
    struct stat st;

    (void)state;
    assert_good(file_write_atomic(folder_fd, "f", "one", 3, 0644, &e), &e);
    assert_content("f", "one");
    assert_good(file_write_atomic(folder_fd, "f", "two!", 4, 0600, &e), &e);
    assert_content("f", "two!");
    assert_int_equal(fstatat(folder_fd, "f", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(count_entries(folder_fd), before + 1);
}

static void test_write_ignores_umask(void **state)
{
    mode_t old = umask(0077);
    struct error e = ERROR_INIT;
    struct stat st;

    (void)state;
    assert_good(file_write_atomic(folder_fd, "u", "", 0, 0666, &e), &e);
    umask(old);
    assert_int_equal(fstatat(folder_fd, "u", &st, 0), 0);
    assert_int_equal(st.st_mode & 07777, 0666);
}

static void test_write_longest_name(void **state)
{
    struct error e = ERROR_INIT;
    char name[257];

    (void)state;
    memset(name, 'n', sizeof(name));
    name[255] = '\0';
    assert_good(file_write_atomic(folder_fd, name, "x", 1, 0600, &e), &e);
    assert_content(name, "x");
    name[255] = 'n';
    name[256] = '\0';
    assert_int_equal(file_write_atomic(folder_fd, name, "x", 1, 0600, &e), -ENAMETOOLONG);
}

static void test_write_refuses(void **state)
{
    size_t before = count_entries(folder_fd);
    struct error e = ERROR_INIT;

    (void)state;
    assert_int_equal(file_write_atomic(folder_fd, "no/f", "x", 1, 0600, &e), -ENOENT);
    assert_int_equal(file_write_atomic(folder_fd, "", "x", 1, 0600, &e), -EINVAL);
    assert_int_equal(file_write_atomic(folder_fd, "..", "x", 1, 0600, &e), -EINVAL);
    assert_int_equal(file_write_atomic(AT_FDCWD, "/", "x", 1, 0600, &e), -EINVAL);
    assert_int_equal(mkdirat(folder_fd, "d", 0700), 0);
    assert_int_equal(file_write_atomic(folder_fd, "d", "x", 1, 0600, &e), -EISDIR);
    assert_int_equal(unlinkat(folder_fd, "d", AT_REMOVEDIR), 0);
    assert_int_equal(count_entries(folder_fd), before); /* no temporary file stays */
}

static void test_write_to_full_disk(void **state)
{
    _cleanup_free_ char *big = calloc(1, 256 * 1024);
    _cleanup_close_ int fd = -1;
    struct error e = ERROR_INIT;
    char path[80];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/full", folder);
    if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
        print_message("# mounting a small file system needs root\n");
        skip();
    }
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(mount("tmpfs", path, "tmpfs", 0, "size=64k"), 0);
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);

    assert_good(file_write_atomic(fd, "f", "old", 3, 0600, &e), &e);
    assert_int_equal(file_write_atomic(fd, "f", big, 256 * 1024, 0600, &e), -ENOSPC);
    assert_non_null(strstr(e.message, "f: write: No space left"));
    assert_int_equal(count_entries(fd), 1);
    {
        _cleanup_free_ char *text = NULL;

        assert_good(file_read(fd, "f", 100, &text, NULL, &e), &e);
        assert_string_equal(text, "old");
    }

    assert_int_equal(mount(NULL, path, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    assert_int_equal(file_write_atomic(fd, "f", "new", 3, 0600, &e), -EROFS);
    closep(&fd);
    fd = -1;
    assert_int_equal(umount(path), 0);
    assert_int_equal(rmdir(path), 0);
}

static void test_write_if_changed(void **state)
{
    struct error e = ERROR_INIT;
    struct stat first, second;
    bool changed = false;

    (void)state;
    assert_good(file_write_if_changed(folder_fd, "c", "abc", 3, 0644, &changed, &e), &e);
    assert_true(changed);
    assert_int_equal(fstatat(folder_fd, "c", &first, 0), 0);
    assert_good(file_write_if_changed(folder_fd, "c", "abc", 3, 0644, &changed, &e), &e);
    assert_false(changed);
    assert_int_equal(fstatat(folder_fd, "c", &second, 0), 0);
    assert_int_equal(first.st_ino, second.st_ino);

    assert_good(file_write_if_changed(folder_fd, "c", "abd", 3, 0644, &changed, &e), &e);
    assert_true(changed);
    assert_good(file_write_if_changed(folder_fd, "c", "abd", 3, 0600, &changed, &e), &e);
    assert_true(changed);
    assert_good(file_write_if_changed(folder_fd, "c", "ab", 2, 0600, NULL, &e), &e);
    assert_content("c", "ab");

    /* A link to the same content is another thing than a file: it is replaced, not followed. */
    assert_int_equal(symlinkat("c", folder_fd, "link"), 0);
    assert_good(file_write_if_changed(folder_fd, "link", "ab", 2, 0600, &changed, &e), &e);
    assert_true(changed);
    assert_int_equal(fstatat(folder_fd, "link", &first, AT_SYMLINK_NOFOLLOW), 0);
    assert_true(S_ISREG(first.st_mode));
}

static void test_make_folders(void **state)
{
    mode_t old = umask(0077);
    struct error e = ERROR_INIT;
    char path[128];
    struct stat st;

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/a//b/c/", folder);
    assert_good(file_make_folders(path, 0755, &e), &e);
    assert_good(file_make_folders(path, 0700, &e), &e); /* again; nothing changes */
    umask(old);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0755);

    (void)snprintf(path, sizeof(path), "%s/a/x/y", folder);
    assert_good(file_make_parents(path, 0700, &e), &e);
    assert_int_equal(stat(path, &st), -1);
    *strrchr(path, '/') = '\0';
    assert_int_equal(rmdir(path), 0);
    assert_good(file_make_parents("name", 0700, &e), &e);
    assert_good(file_make_parents("/name", 0700, &e), &e);

    assert_good(file_write_atomic(folder_fd, "file", "", 0, 0600, &e), &e);
    (void)snprintf(path, sizeof(path), "%s/file/d", folder);
    assert_int_equal(file_make_folders(path, 0700, &e), -ENOTDIR);
    (void)snprintf(path, sizeof(path), "%s/file", folder);
    assert_int_equal(file_make_folders(path, 0700, &e), -ENOTDIR);

    assert_int_equal(unlinkat(folder_fd, "a/b/c", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(folder_fd, "a/b", AT_REMOVEDIR), 0);
    assert_int_equal(unlinkat(folder_fd, "a", AT_REMOVEDIR), 0);
}

static void test_sync_folder(void **state)
{
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(file_sync_folder_of(folder_fd, "anything", &e), &e);
    assert_int_equal(file_sync_folder_of(folder_fd, "no/thing", &e), -ENOENT);
}

static void test_path_join(void **state)
{
    static const struct {
        const char *dir, *name, *expected;
    } cases[] = {
        {"a",    "b",   "a/b"     },
        {"/a/",  "/b",  "/a/b"    },
        {"/",    "b",   "/b"      },
        {"",     "b",   "b"       },
        {"",     "/b",  "/b"      },
        {"a//b", "c/d", "a//b/c/d"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_free_ char *path = path_join(cases[i].dir, cases[i].name);

        assert_string_equal(path, cases[i].expected);
    }
}

static void test_read_at(void **state)
{
    _cleanup_close_ int fd = openat(folder_fd, "at", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    char bytes[4] = "";
    struct error e = ERROR_INIT;

    (void)state;
    assert_good(fd_write_all(fd, "0123456789", 10, &e), &e);
    assert_good(fd_read_at(fd, bytes, sizeof(bytes), 6, &e), &e);
    assert_memory_equal(bytes, "6789", sizeof(bytes));
    assert_int_equal(fd_read_at(fd, bytes, sizeof(bytes), 7, &e), -EIO);
    assert_non_null(strstr(e.message, "reading at byte 10"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_read_what_is_no_file),
        cmocka_unit_test(test_read_line),
        cmocka_unit_test(test_set_aside),
        cmocka_unit_test(test_write_replaces),
        cmocka_unit_test(test_write_ignores_umask),
        cmocka_unit_test(test_write_longest_name),
        cmocka_unit_test(test_write_refuses),
        cmocka_unit_test(test_write_to_full_disk),
        cmocka_unit_test(test_write_if_changed),
        cmocka_unit_test(test_make_folders),
        cmocka_unit_test(test_sync_folder),
        cmocka_unit_test(test_read_at),
        cmocka_unit_test(test_path_join),
    };
    return cmocka_run_group_tests(tests, setup, remove_tree);
}
