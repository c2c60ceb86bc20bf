/* SPDX-License-Identifier: Apache-2.0 */
#include "install_image.h"

#include "common/clock.h"
#include "common/parse.h"
#include "crypto.h"
#include "install_unpack.h"

#define CONNECT_MS 10000
#define SLOWEST_BYTES_PER_MS 20 /* as downloads are: slower is taken up again */
#define RETRY_BASE_MS 1000
#define RETRY_CAP_MS 30000
#define PROGRESS_EVERY_MS 250

struct stream {
    const struct install_stream *s;
    struct sha256 *sha256;
    struct unpacker *unpacker;
    struct fetch_response *response; /* what the sink goes by */
    uint64_t got;                    /* bytes of the image so far */
    uint64_t skip;                   /* of this answer, already taken from an earlier one */
    bool resumed;
    uint64_t shown_ms;
    struct error *e;
};

static void stream_done(struct stream *t)
{
    sha256_free(t->sha256);
    unpacker_free(t->unpacker);
}

static int to_disk(const void *data, size_t len, void *userdata, struct error *e)
{
    struct stream *t = userdata;
    uint64_t now_ms = clock_monotonic_ms();

    if (now_ms - t->shown_ms >= PROGRESS_EVERY_MS) {
        t->s->progress(image_writer_at(t->s->writer), t->s->userdata);
        t->shown_ms = now_ms;
    }
    return image_writer_add(t->s->writer, data, len, e);
}

static int take(const void *data, size_t len, void *userdata)
{
    struct stream *t = userdata;
    const uint8_t *bytes = data;

    /* The whole file although the rest was asked for: what is known of it is passed over. The
     * digest at the end tells whether it is still the same file. */
    if (t->response->status == 200 && t->resumed) {
        t->resumed = false;
        t->skip = t->got;
    }
    if (t->skip > 0) {
        size_t n = t->skip < len ? (size_t)t->skip : len;

        t->skip -= n;
        bytes += n;
        len -= n;
    }
    if (len > t->s->image->size - t->got)
        return error_set(t->e, -EBADMSG, "it is longer than the %llu bytes it should have",
                         (unsigned long long)t->s->image->size);
    if (sha256_add(t->sha256, bytes, len) < 0)
        return error_set(t->e, -EIO, "SHA-256 failed");
    t->got += len;
    return len ? unpacker_add(t->unpacker, bytes, len, t->e) : 0;
}

static bool passes(int r)
{
    static const int codes[] = {-EAGAIN,       -ECONNREFUSED, -ECONNRESET,
                                -EHOSTUNREACH, -ETIMEDOUT,    -ENETUNREACH};

    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        if (codes[i] == r)
            return true;
    return false;
}

/* One request. -EAGAIN for an answer that may be better later. */
static int request(struct stream *t, struct error *e)
{
    const struct install_image *image = t->s->image;
    struct error cause = ERROR_INIT;
    struct fetch_response response = {.status = 0};
    struct fetch_request request = {
        .method = "GET",
        .url = t->s->url,
        .connect_timeout_ms = CONNECT_MS,
        .total_timeout_ms = 60000 + image->size / SLOWEST_BYTES_PER_MS,
        .resume_from = t->got,
        .if_range = t->got ? image->sha256 : NULL,
        .max_body = SIZE_MAX, /* take() has the limit */
        .sink = take,
        .sink_data = t,
    };
    int r;

    t->response = &response;
    t->resumed = t->got > 0;
    t->skip = 0;
    t->e = &cause;
    r = fetch(t->s->fetcher, &request, &response, e);
    if (r < 0)
        return cause.code < 0 ? error_set(e, cause.code, "%s", cause.message) : r;
    if (response.status == 200 || response.status == 206)
        return t->got == image->size
                   ? 0
                   : error_set(e, -EBADMSG, "it has %llu bytes, expected %llu",
                               (unsigned long long)t->got, (unsigned long long)image->size);
    if (response.status == 404 || response.status == 410)
        return error_set(e, -ENOENT, "the taskbox does not have it (%s)", t->s->url);
    return error_set(e, response.status == 429 || response.status >= 500 ? -EAGAIN : -EPROTO,
                     "%s: HTTP status %d", t->s->url, response.status);
}

static int fetch_all(struct stream *t, struct error *e)
{
    unsigned tries = 0;

    for (;;) {
        struct error why = ERROR_INIT;
        uint64_t before = t->got;
        int r = request(t, &why);

        if (r == 0)
            return 0;
        tries = t->got > before ? 0 : tries + 1;
        if (!passes(r) || tries == INSTALL_STREAM_TRIES)
            return error_set(e, r, "%s", why.message);
        t->s->wait(RETRY_BASE_MS + backoff_ms(tries, RETRY_BASE_MS, RETRY_CAP_MS), why.message,
                   t->s->userdata);
    }
}

static int check_digest(struct stream *t, struct error *e)
{
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];

    if (sha256_end(t->sha256, digest) < 0)
        return error_set(e, -EIO, "SHA-256 failed");
    format_hex(digest, sizeof(digest), hex);
    if (strcasecmp(hex, t->s->image->sha256) != 0)
        return error_set(e, -EBADMSG,
                         "its SHA-256 is %s, the inventory says %s: put the right file on the "
                         "taskbox, or its digest into seed_artifacts",
                         hex, t->s->image->sha256);
    return 0;
}

int install_stream_run(const struct install_stream *s, struct error *e)
{
    _cleanup_(stream_done) struct stream t = {.s = s, .sha256 = sha256_new()};
    int r;

    if (!t.sha256)
        return error_oom(e);
    r = unpacker_new(s->image->compression, to_disk, &t, &t.unpacker, e);
    if (r == 0)
        r = fetch_all(&t, e);
    /* Before what the unpacker thinks of it: a wrong file is best called that. */
    if (r == 0)
        r = check_digest(&t, e);
    if (r == 0)
        r = unpacker_end(t.unpacker, e);
    if (r == 0)
        r = image_writer_end(s->writer, e);
    if (r == 0)
        s->progress(image_writer_at(s->writer), s->userdata);
    return r < 0 ? error_wrap(e, "image %s", s->image->name) : 0;
}
