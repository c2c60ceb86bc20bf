/* SPDX-License-Identifier: Apache-2.0 */
/* measure PROGRAM [ARGUMENT…]: runs a program and prints wall and processor seconds, peak RSS in
 * bytes and the exit status as one JSON line on descriptor 3. A program of its own, and linked
 * statically, because the kernel lets a process inherit its parent's peak RSS over fork and exec.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail with this clock */
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char *argv[])
{
    struct rusage usage;
    double began = now();
    int status;
    pid_t child;

    if (argc < 2) {
        fprintf(stderr, "usage: measure PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    child = fork();
    if (child == 0) {
        (void)close(3); /* is ours */
        execvp(argv[1], argv + 1);
        fprintf(stderr, "measure: %s: %s\n", argv[1], strerror(errno));
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
        fprintf(stderr, "measure: %s\n", strerror(errno));
        return 125;
    }
    return dprintf(3, "{\"wall\": %.6f, \"cpu\": %.6f, \"rss\": %ld, \"status\": %d}\n",
                   now() - began, seconds(usage.ru_utime) + seconds(usage.ru_stime),
                   usage.ru_maxrss * 1024, WIFEXITED(status) ? WEXITSTATUS(status) : 128) < 0;
}
