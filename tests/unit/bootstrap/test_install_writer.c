/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "bootstrap/install_unpack.h"
#include "bootstrap/install_writer.h"
#include "common/process.h"
#include "tests/unit/test.h"

#define MIB ((size_t)1024 * 1024)
#define SIZE (5 * MIB + 512)

/* Data, zeros, single bytes in zeros, and an end that is no whole block. */
static uint8_t *make_image(void)
{
    uint8_t *image = calloc(1, SIZE);

    assert_non_null(image);
    for (size_t i = 0; i < 3 * MIB / 2; i++)
        image[i] = (uint8_t)(i * 7 + i / 251);
    image[2 * MIB] = 1;
    image[3 * MIB - 1] = 2;
    image[3 * MIB + 4096] = 3;
    image[SIZE - 1] = 4;
    return image;
}

/* A file that was full of something else before. */
static int make_disk(void)
{
    uint8_t dirt[4096];
    int fd = memfd_create("disk", MFD_CLOEXEC);

    assert_true(fd >= 0);
    memset(dirt, 0xee, sizeof(dirt));
    for (size_t i = 0; i < SIZE + MIB; i += sizeof(dirt))
        assert_int_equal(pwrite(fd, dirt, sizeof(dirt), (off_t)i), sizeof(dirt));
    return fd;
}

static void check_disk(int fd, const uint8_t *image)
{
    uint8_t *disk = malloc(SIZE + 1);

    assert_non_null(disk);
    assert_int_equal(pread(fd, disk, SIZE + 1, 0), SIZE + 1);
    for (size_t i = 0; i < IMAGE_HEAD; i++)
        if (disk[i] != 0xee)
            fail_msg("byte %zu of the first MiB was written", i);
    assert_memory_equal(disk + IMAGE_HEAD, image + IMAGE_HEAD, SIZE - IMAGE_HEAD);
    assert_int_equal(disk[SIZE], 0xee); /* what is behind is left alone */
    free(disk);
}

static void test_pieces(void **state)
{
    static const size_t pieces[] = {1, 511, 4096, 65537, MIB, 2 * MIB + 3, SIZE};
    uint8_t *image = make_image();

    (void)state;
    for (size_t i = 1; i < ARRAY_SIZE(pieces); i++) {
        struct image_writer *w;
        struct error e = ERROR_INIT;
        int fd = make_disk();

        assert_good(image_writer_new(fd, "disk", SIZE, &w, &e), &e);
        for (size_t at = 0; at < SIZE; at += pieces[i])
            assert_good(
                image_writer_add(w, image + at, SIZE - at < pieces[i] ? SIZE - at : pieces[i], &e),
                &e);
        assert_int_equal(image_writer_at(w), SIZE);
        assert_good(image_writer_end(w, &e), &e);
        assert_memory_equal(image_writer_head(w), image, IMAGE_HEAD);
        check_disk(fd, image);
        image_writer_free(w);
        (void)close(fd);
    }
    free(image);
}

static void test_length(void **state)
{
    uint8_t *image = make_image();
    struct image_writer *w;
    struct error e = ERROR_INIT;
    int fd = make_disk();

    (void)state;
    assert_good(image_writer_new(fd, "disk", SIZE, &w, &e), &e);
    assert_good(image_writer_add(w, image, SIZE - 1, &e), &e);
    assert_int_equal(image_writer_end(w, &e), -EBADMSG);
    assert_int_equal(image_writer_add(w, image, 2, &e), -EBADMSG);
    assert_good(image_writer_add(w, image + SIZE - 1, 1, &e), &e);
    assert_good(image_writer_end(w, &e), &e);
    image_writer_free(w);
    (void)close(fd);
    free(image);
}

static void test_no_room(void **state)
{
    struct image_writer *w;
    struct error e = ERROR_INIT;
    uint8_t *image = make_image();
    int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
    int r;

    (void)state;
    assert_true(fd >= 0);
    assert_good(image_writer_new(fd, "sda", SIZE, &w, &e), &e);
    r = image_writer_add(w, image, SIZE, &e);
    if (r == 0)
        r = image_writer_end(w, &e);
    assert_int_equal(r, -ENOSPC);
    assert_non_null(strstr(e.message, "sda: writing at byte 1048576"));
    image_writer_free(w);
    (void)close(fd);
    free(image);
}

/* ---- unpacking ---- */

static int collect(const void *data, size_t len, void *userdata, struct error *e)
{
    struct buf *b = userdata;

    buf_add(b, data, len);
    return buf_check(b) < 0 ? error_oom(e) : 0;
}

static void pack(const char *program, const uint8_t *data, size_t len, struct buf *ret)
{
    const char *const argv[] = {program, "-c", "-q", NULL};
    struct process p = {
        .argv = argv, .input = data, .input_len = len, .timeout_ms = 60000, .output = ret};
    struct error e = ERROR_INIT;

    assert_good(process_run(&p, NULL, &e), &e);
}

static const struct {
    enum install_compression compression;
    const char *program;
} packers[] = {
    {INSTALL_GZIP, "gzip"},
    {INSTALL_XZ,   "xz"  },
    {INSTALL_ZSTD, "zstd"},
};

static int unpack(enum install_compression compression, const struct buf *packed, size_t piece,
                  struct buf *ret, struct error *e)
{
    struct unpacker *u;
    int r = unpacker_new(compression, collect, ret, &u, e);

    if (r < 0)
        return r;
    for (size_t at = 0; at < packed->len && r == 0; at += piece)
        r = unpacker_add(u, packed->data + at, packed->len - at < piece ? packed->len - at : piece,
                         e);
    if (r == 0)
        r = unpacker_end(u, e);
    unpacker_free(u);
    return r;
}

static void test_unpack(void **state)
{
    uint8_t *image = make_image();

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(packers); i++) {
        _cleanup_buf_ struct buf packed = BUF_INIT(2 * SIZE), out = BUF_INIT(2 * SIZE);
        struct error e = ERROR_INIT;

        pack(packers[i].program, image, SIZE, &packed);
        assert_good(unpack(packers[i].compression, &packed, 10007, &out, &e), &e);
        assert_int_equal(out.len, SIZE);
        assert_memory_equal(out.data, image, SIZE);
        /* half of it, and something else altogether */
        buf_clear(&out);
        packed.len /= 2;
        assert_int_equal(unpack(packers[i].compression, &packed, 4096, &out, &e), -EBADMSG);
        assert_non_null(strstr(e.message, packers[i].program));
        buf_clear(&out);
        memset(packed.data, 'x', packed.len);
        assert_int_equal(unpack(packers[i].compression, &packed, 4096, &out, &e), -EBADMSG);
    }
    free(image);
}

static int refuse_all(const void *data, size_t len, void *userdata, struct error *e)
{
    (void)data;
    (void)len;
    (void)userdata;
    return error_set(e, -EIO, "the disk has died");
}

static void test_sink_fails(void **state)
{
    uint8_t *image = make_image();
    _cleanup_buf_ struct buf packed = BUF_INIT(2 * SIZE);
    struct unpacker *u;
    struct error e = ERROR_INIT;
    int r;

    (void)state;
    pack("gzip", image, SIZE, &packed);
    assert_good(unpacker_new(INSTALL_GZIP, refuse_all, NULL, &u, &e), &e);
    r = unpacker_add(u, packed.data, packed.len, &e);
    if (r == 0)
        r = unpacker_end(u, &e);
    assert_int_equal(r, -EIO);
    assert_string_equal(e.message, "the disk has died");
    unpacker_free(u);
    free(image);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces),     cmocka_unit_test(test_length),
        cmocka_unit_test(test_no_room),    cmocka_unit_test(test_unpack),
        cmocka_unit_test(test_sink_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
