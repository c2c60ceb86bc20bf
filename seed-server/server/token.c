/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

#include "common/clock.h"
#include "common/parse.h"
#include "host_key.h"
#include "secret.h"

int token_make(const char *host, char ret[TOKEN_TEXT_SIZE], struct store_txn *t, struct error *e)
{
    struct host_key key = host_key("token", host);
    uint8_t secret[(TOKEN_TEXT_SIZE - 1) / 2];
    char record[128];
    int r = random_bytes(secret, sizeof(secret), e);

    if (r < 0)
        return r;
    format_hex(secret, sizeof(secret), ret);
    explicit_bzero(secret, sizeof(secret));
    (void)snprintf(record, sizeof(record), "{\"made_ms\":%llu,\"token\":\"%s\"}",
                   (unsigned long long)clock_realtime_ms(), ret); /* fits by its sizes */
    if (t)
        store_txn_put(t, key.text, record);
    explicit_bzero(record, sizeof(record));
    return 0;
}
