/* SPDX-License-Identifier: Apache-2.0 */
#include "process_child.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "file.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* Descriptors that the child will move to 0…3 are kept above those, so that moving one never
 * overwrites another, whatever our own caller had closed. */
#define LOWEST_FD 10

static void close_fd(int *fd)
{
    closep(fd);
    *fd = -1;
}

static int make_pipe(int *ret_read, int *ret_write, struct error *e)
{
    _cleanup_close_ int low_read = -1, low_write = -1, high_read = -1, high_write = -1;
    int fds[2];

    if (pipe2(fds, O_CLOEXEC) < 0)
        return error_set_errno(e, -errno, "pipe");
    low_read = fds[0];
    low_write = fds[1];
    high_read = fcntl(low_read, F_DUPFD_CLOEXEC, LOWEST_FD);
    high_write = fcntl(low_write, F_DUPFD_CLOEXEC, LOWEST_FD);
    if (high_read < 0 || high_write < 0)
        return error_set_errno(e, -errno, "fcntl");
    *ret_read = TAKE_FD(high_read);
    *ret_write = TAKE_FD(high_write);
    return 0;
}

/* The input as a file in memory: nothing to feed while the output is read, no SIGPIPE for us. */
static int make_input(const struct process *p, int *ret, struct error *e)
{
    _cleanup_close_ int fd = -1;
    int r;

    if (p->input) {
        fd = memfd_create("stdin", MFD_CLOEXEC);
        if (fd < 0)
            return error_set_errno(e, -errno, "memfd_create");
        r = fd_write_all(fd, p->input, p->input_len, e);
        if (r < 0)
            return r;
        if (lseek(fd, 0, SEEK_SET) < 0)
            return error_set_errno(e, -errno, "lseek");
    } else {
        fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return error_set_errno(e, -errno, "/dev/null");
    }
    *ret = fcntl(fd, F_DUPFD_CLOEXEC, LOWEST_FD);
    return *ret < 0 ? error_set_errno(e, -errno, "fcntl") : 0;
}

static const char *env_value(const char *const *env, const char *name)
{
    size_t len = strlen(name);

    for (; env && *env; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return *env + len + 1;
    return NULL;
}

/* argv[0] as execve wants it. Found by us because execvp would look in our own PATH. */
static int find_program(const char *name, const char *search, char **ret, struct error *e)
{
    struct stat st;

    if (strchr(name, '/')) {
        *ret = strdup(name);
        return *ret ? 0 : error_oom(e);
    }
    while (*search) {
        size_t len = strcspn(search, ":");
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%.*s/%s", (int)len, search, name) < 0) {
            path = NULL; /* undefined after a failure */
            return error_oom(e);
        }
        if (len > 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0) {
            *ret = TAKE_PTR(path);
            return 0;
        }
        search += len;
        search += *search == ':';
    }
    return error_set(e, -ENOENT, "%s: no such program in PATH", name);
}

/* added, and what it does not name itself of PATH and LANG. */
static int make_env(const char *const *added, const char *path, char ***ret, struct error *e)
{
    size_t n = 0, at = 0;
    char **env;

    while (added && added[n])
        n++;
    env = calloc(n + 3, sizeof(*env));
    if (!env)
        return error_oom(e);
    *ret = env;
    if (!env_value(added, "PATH") && asprintf(&env[at++], "PATH=%s", path) < 0) {
        env[0] = NULL; /* undefined after a failure */
        return error_oom(e);
    }
    if (!env_value(added, "LANG") && !(env[at++] = strdup("LANG=C")))
        return error_oom(e);
    for (size_t i = 0; i < n; i++)
        if (!(env[at++] = strdup(added[i])))
            return error_oom(e);
    return 0;
}

/* What close_from needs to know where close_range(2) is missing. Descriptors that other threads
 * open from here on are close-on-exec, as all of ours are. */
static int highest_fd(void)
{
    DIR *d = opendir("/proc/self/fd");
    struct dirent *entry;
    int highest = 1023; /* without procfs: the usual limit */

    if (!d)
        return highest;
    while ((entry = readdir(d))) {
        long fd = strtol(entry->d_name, NULL, 10);

        if (fd > highest)
            highest = (int)fd;
    }
    (void)closedir(d); /* only read from */
    return highest;
}

int child_prepare(struct child *c, const struct process *p, struct child_ends *ret, struct error *e)
{
    const char *own = getenv("PATH"), *path = env_value(p->env, "PATH");
    int r;

    if (!path)
        path = own && *own ? own : DEFAULT_PATH;
    c->argv = (char *const *)p->argv; /* execve's type; it changes nothing */
    r = find_program(p->argv[0], path, &c->path, e);
    if (r == 0)
        r = make_env(p->env, path, &c->env, e);
    if (r == 0)
        r = make_input(p, &c->input, e);
    if (r == 0)
        r = make_pipe(&ret->output, &c->output, e);
    if (r == 0)
        r = make_pipe(&ret->status, &c->status, e);
    if (r == 0 && p->errors)
        r = make_pipe(&ret->errors, &c->errors, e);
    if (r < 0)
        return r;
    if (!p->errors) {
        c->errors = fcntl(c->output, F_DUPFD_CLOEXEC, LOWEST_FD);
        if (c->errors < 0)
            return error_set_errno(e, -errno, "fcntl");
    }
    c->fd_max = highest_fd();
    return 0;
}

static void close_ends(struct child *c)
{
    close_fd(&c->input);
    close_fd(&c->output);
    close_fd(&c->errors);
    close_fd(&c->status);
}

void child_done(struct child *c)
{
    free(c->path);
    for (char **p = c->env; p && *p; p++)
        free(*p);
    free(c->env);
    close_ends(c);
}

static void close_from(int first, int highest)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0u, 0) == 0)
        return;
#endif
    for (int fd = first; fd <= highest; fd++)
        (void)close(fd); /* most are not open */
}

/* The status pipe gives the parent execve's errno; its end, closed by a good execve, gives 0. */
_Noreturn static void child_main(const struct child *c)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    int problem;
    sigset_t none;

    for (int i = 1; i < NSIG; i++)
        (void)sigaction(i, &standard, NULL); /* SIGKILL and some others refuse */
    (void)sigemptyset(&none);
    if (setpgid(0, 0) < 0 || dup2(c->input, 0) < 0 || dup2(c->output, 1) < 0 ||
        dup2(c->errors, 2) < 0 || dup3(c->status, 3, O_CLOEXEC) < 0 ||
        sigprocmask(SIG_SETMASK, &none, NULL) < 0) {
        problem = errno;
        (void)!write(c->status, &problem, sizeof(problem)); /* the exit code says it as well */
        _exit(127);
    }
    close_from(4, c->fd_max);
    (void)execve(c->path, c->argv, c->env);
    problem = errno;
    (void)!write(3, &problem, sizeof(problem)); /* as above */
    _exit(127);
}

int child_start(struct child *c, struct child_ends *ends, pid_t *ret_pid, struct error *e)
{
    int problem = 0, fork_errno;
    sigset_t all, old;
    ssize_t n;
    pid_t pid;

    /* No signal handler of ours may run in the child, which still shares our descriptors. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old); /* fails for a wrong `how` alone */
    pid = fork();
    if (pid == 0)
        child_main(c);
    fork_errno = errno;
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL); /* as above */
    if (pid < 0)
        return error_set_errno(e, -fork_errno, "fork");

    close_ends(c); /* else we would never see the end of its output */
    do
        n = read(ends->status, &problem, sizeof(problem));
    while (n < 0 && errno == EINTR);
    if (n == sizeof(problem)) {
        (void)waitpid(pid, NULL, 0); /* it is on its way out */
        return error_set_errno(e, -problem, "starting %s", c->path);
    }
    *ret_pid = pid;
    return 0;
}
