/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint.h"

#include <ctype.h>
#include <string.h>

#define DIGITS (FINGERPRINT_SIZE - 1)
#define GROUP 4

bool fingerprint_read(const char *text, char ret[FINGERPRINT_SIZE])
{
    size_t n = 0;

    for (; *text; text++) {
        if (strchr(" \t\n:-", *text))
            continue;
        if (!isxdigit((unsigned char)*text) || n == DIGITS)
            return false;
        ret[n++] = (char)tolower((unsigned char)*text);
    }
    ret[n] = '\0';
    return n == DIGITS;
}

void fingerprint_words(const char *hex, char ret[FINGERPRINT_WORDS_SIZE])
{
    char digits[FINGERPRINT_SIZE];
    size_t n = 0;

    if (fingerprint_read(hex, digits)) {
        for (size_t i = 0; i < DIGITS; i++) {
            if (i && i % GROUP == 0)
                ret[n++] = ' ';
            ret[n++] = digits[i];
        }
    }
    ret[n] = '\0';
}

void fingerprint_add(struct buf *b, const char *hex, const char *indent)
{
    char words[FINGERPRINT_WORDS_SIZE];

    fingerprint_words(hex, words);
    if (*words)
        words[FINGERPRINT_WORDS_SIZE / 2 - 1] = '\0'; /* the blank in the middle */
    buf_addf(b, "%s\n", words);
    if (*words)
        buf_addf(b, "%s%s\n", indent, words + FINGERPRINT_WORDS_SIZE / 2);
}
