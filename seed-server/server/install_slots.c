/* SPDX-License-Identifier: Apache-2.0 */
#include "install_slots.h"

#include <errno.h>
#include <stdlib.h>

struct install_slot {
    char host[254];
    bool confirmed;
    uint64_t seen_ms;
};

void install_slots_done(struct install_slots *s)
{
    free(s->slots);
    *s = (struct install_slots){0};
}

static struct install_slot *find(const struct install_slots *s, const char *host)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->slots[i].host, host) == 0)
            return &s->slots[i];
    return NULL;
}

static void drop(struct install_slots *s, size_t i)
{
    s->slots[i] = s->slots[--s->n];
}

static void drop_silent(struct install_slots *s, uint64_t silence_ms, uint64_t now_ms)
{
    for (size_t i = s->n; i-- > 0;)
        if (s->slots[i].seen_ms +
                (s->slots[i].confirmed ? silence_ms : INSTALL_SLOT_TENTATIVE_MS) <=
            now_ms)
            drop(s, i);
}

static int add(struct install_slots *s, const char *host, bool confirmed, uint64_t now_ms)
{
    struct install_slot *slot;

    if (strlen(host) >= sizeof(slot->host))
        return -ENAMETOOLONG;
    if (s->n == s->room) {
        size_t room = s->room ? 2 * s->room : 16;
        struct install_slot *slots = reallocarray(s->slots, room, sizeof(*slots));

        if (!slots)
            return -ENOMEM;
        s->slots = slots;
        s->room = room;
    }
    slot = &s->slots[s->n++];
    *slot = (struct install_slot){.confirmed = confirmed, .seen_ms = now_ms};
    memcpy(slot->host, host, strlen(host) + 1);
    return 0;
}

int install_slots_take(struct install_slots *s, const char *host, size_t limit, uint64_t silence_ms,
                       uint64_t now_ms, size_t *ret_writing)
{
    bool has;
    int r;

    install_slots_seen(s, host, now_ms);
    drop_silent(s, silence_ms, now_ms);
    has = find(s, host) != NULL;
    if (ret_writing)
        *ret_writing = s->n - has;
    if (has)
        return 1;
    if (s->n >= limit)
        return 0;
    r = add(s, host, false, now_ms);
    return r < 0 ? r : 1;
}

int install_slots_keep(struct install_slots *s, const char *host, uint64_t now_ms)
{
    if (!find(s, host))
        return add(s, host, true, now_ms);
    install_slots_seen(s, host, now_ms);
    return 0;
}

void install_slots_seen(struct install_slots *s, const char *host, uint64_t now_ms)
{
    struct install_slot *slot = find(s, host);

    if (slot) {
        slot->confirmed = true;
        slot->seen_ms = now_ms;
    }
}

void install_slots_end(struct install_slots *s, const char *host)
{
    struct install_slot *slot = find(s, host);

    if (slot)
        drop(s, (size_t)(slot - s->slots));
}
