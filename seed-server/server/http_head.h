/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Judges a request's head as it was sent (RFC 9112). libmicrohttpd reads leniently: it takes a bare
 * LF for the end of a line, joins a folded line to the name of the field before it, ends texts at a
 * NUL, and believes the first of two Content-Lengths. Whoever stands between a client and us may
 * read each of these differently, and then one sees two requests where the other sees one.
 *
 * libmicrohttpd parses in place: it writes NULs over the delimiters and hands out pointers into the
 * bytes that came in. So every byte that no delimiter of the strict grammar accounts for shows as a
 * gap between two texts. (All but NULs: NUL LF looks like CR LF, LF NUL like the one before the
 * head's last, and NUL NUL LF LF or NUL CR LF LF like both. None of them can come through somebody
 * who stands between and keeps to RFC 9110, 5.5: a NUL in a head is refused or replaced there.)
 * Pure. */
struct http_head {
    unsigned status; /* 0: nothing is wrong with it so far */
    const char *why;
    uint64_t body_len; /* of Content-Length; 0 without one */
    bool expects;      /* the client waits for 100 Continue before it sends the body */

    /* Private. */
    const char *begin, *at; /* of the head, and where the next text begins; NULL: not in place */
    unsigned seen;
    bool coded;
};

/* The first line's three texts; uri is uri_len bytes long, of which the first may be overwritten by
 * now. in_place: the texts lie where they came in, delimited by NULs. */
void http_head_begin(struct http_head *h, const char *method, const char *uri, size_t uri_len,
                     const char *version, bool in_place);
/* The fields in the order in which they came. */
void http_head_field(struct http_head *h, const char *name, const char *value);
/* size is the whole head's, with the empty line at its end. */
void http_head_end(struct http_head *h, size_t size);
