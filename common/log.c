/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <sys/stat.h>

static int max_level = LOG_INFO;

void log_set_level(int level)
{
    max_level = level;
}

/* JOURNAL_STREAM=DEVICE:INODE names the stream that systemd gave us; a child whose stderr was sent
 * elsewhere inherits the variable as well, so it must be compared (systemd.exec(5)). */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    unsigned long long device, inode;
    struct stat st;

    if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2)
        return false;
    return fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
}

void log_line(int level, const char *format, ...)
{
    char line[2048];
    size_t start = 0, len;
    va_list ap;
    int n;

    if (level > max_level)
        return;
    if (stderr_is_journal()) {
        n = snprintf(line, sizeof(line), "<%d>", level);
        start = n > 0 ? (size_t)n : 0;
    }
    va_start(ap, format);
    n = vsnprintf(line + start, sizeof(line) - start - 1, format, ap); /* room for the newline */
    va_end(ap);
    if (n < 0)
        return;
    len = strlen(line);
    for (size_t i = start; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = ' '; /* what comes from outside must not forge a second line */
    line[len++] = '\n';

    /* One write, so that lines of several threads and processes do not mix. There is nobody to tell
     * when stderr itself is broken. */
    while (write(STDERR_FILENO, line, len) < 0 && errno == EINTR)
        ;
}
