/* SPDX-License-Identifier: Apache-2.0 */
#include "install_screen.h"

#include <stdbool.h>

#include "common/fingerprint.h"

#define RULE "==============================================================================\n"
#define WIDTH 60 /* of the taskbox's words in a line; an 80 column console has room for them */

/* In lines of WIDTH, broken at blanks, the first behind a label that is written already. */
static void add_wrapped(struct buf *b, const char *s)
{
    while (*s) {
        size_t n = strnlen(s, WIDTH + 1), cut = n;

        if (n > WIDTH) {
            cut = WIDTH;
            while (cut > WIDTH / 2 && s[cut] != ' ')
                cut--;
            if (s[cut] != ' ')
                cut = WIDTH;
        }
        buf_add(b, s, cut);
        buf_add_char(b, '\n');
        s += cut;
        s += *s == ' ';
        if (*s)
            buf_add_str(b, "                 ");
    }
}

void install_screen_print(const struct install_screen *s, struct buf *ret)
{
    const struct machine *m = s->machine;
    const char *mac = s->mac[0] ? s->mac : m->n_macs ? m->macs[0] : "";

    buf_add_str(ret, "\n" RULE);
    buf_add_str(ret, s->known ? "  This machine waits for an administrator to approve it.\n\n"
                              : "  This machine waits: the taskbox does not know what it is to "
                                "become.\n  Nothing on its disks is changed.\n\n");
    buf_addf(ret, "  MAC            %s\n", mac[0] ? mac : "(none)");
    for (size_t i = 0; i < m->n_macs && i < 8; i++)
        if (strcmp(m->macs[i], mac) != 0)
            buf_addf(ret, "                 %s\n", m->macs[i]);
    if (m->uuid[0])
        buf_addf(ret, "  UUID           %s\n", m->uuid);
    if (m->serial[0])
        buf_addf(ret, "  serial number  %s\n", m->serial);
    buf_addf(ret, "  taskbox        %s\n", s->taskbox);
    buf_add_str(ret, "  it says        ");
    add_wrapped(ret, s->words);
    buf_add_str(ret, "  fingerprint    ");
    fingerprint_add(ret, s->fingerprint, "                 ");
    if (s->known)
        buf_add_str(ret, "\n  On the taskbox, when the fingerprint is the same there:\n\n"
                         "      seedctl approve HOST\n\n");
    else if (mac[0])
        buf_addf(ret,
                 "\n  On the taskbox, with a name for it:\n\n"
                 "      seedctl adopt %s NAME\n\n"
                 "  prints the line that hosts.ini wants (--write adds it).\n",
                 mac);
    buf_add_str(ret, "  It then goes on by itself.\n" RULE "\n");
}
