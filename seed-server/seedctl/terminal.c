/* SPDX-License-Identifier: Apache-2.0 */
#include "terminal.h"

#include <sys/ioctl.h>

#include "common/clock.h"
#include "common/file.h"

#define WIDTH_MIN 40
#define WIDTH_PIPE 2000 /* no line is cut off that a program reads */

bool terminal_can_redraw(void)
{
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

struct board_style terminal_style(void)
{
    struct board_style style = {.width = WIDTH_PIPE, .now_ms = clock_realtime_ms()};
    const char *no_colour = getenv("NO_COLOR"); /* no-color.org */
    struct winsize size;

    if (!isatty(STDOUT_FILENO))
        return style;
    style.width = 80;
    style.height = 24;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
        style.width = size.ws_col;
        style.height = size.ws_row;
    }
    if (style.width < WIDTH_MIN)
        style.width = WIDTH_MIN;
    style.colour = terminal_can_redraw() && !(no_colour && *no_colour);
    return style;
}

int terminal_write(const struct buf *out, struct error *e)
{
    int r;

    if (fflush(stdout) != 0)
        return error_set_errno(e, -errno, "writing to standard output");
    r = fd_write_all(STDOUT_FILENO, out->data ? out->data : "", out->len, e);
    return r < 0 ? error_wrap(e, "writing to standard output") : 0;
}

int terminal_ask(const char *question, const char *otherwise, char **ret, struct error *e)
{
    _cleanup_free_ char *line = NULL;
    size_t size = 0;
    ssize_t len;

    if (!isatty(STDIN_FILENO))
        return error_set(e, -ENOTTY, "there is no terminal to ask on: %s", otherwise);
    fputs(question, stdout);
    if (fflush(stdout) != 0)
        return error_set_errno(e, -errno, "writing to standard output");
    len = getline(&line, &size, stdin);
    if (len <= 0)
        return error_set(e, -ECANCELED, "nothing was done");
    if (line[len - 1] == '\n')
        line[len - 1] = '\0';
    *ret = TAKE_PTR(line);
    return 0;
}

int terminal_confirm(const char *answer, struct error *e)
{
    char question[320];
    _cleanup_free_ char *typed = NULL;
    int r;

    (void)snprintf(question, sizeof(question), "Type %.255s to go on: ", answer);
    r = terminal_ask(question, "give --yes", &typed, e);
    if (r == 0 && strcmp(typed, answer) != 0)
        r = error_set(e, -ECANCELED, "nothing was done");
    return r;
}
