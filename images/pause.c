/* SPDX-License-Identifier: Apache-2.0 */
/* The program of a pod's sandbox: holds the pod's namespaces and, as their PID 1, reaps what ends
 * in them. Does what registry.k8s.io's own pause does, for the image that kubeadm names. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

int main(void)
{
    sigset_t set;
    int sig, status;

    if (sigemptyset(&set) < 0 || sigaddset(&set, SIGINT) < 0 || sigaddset(&set, SIGTERM) < 0 ||
        sigaddset(&set, SIGCHLD) < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return EXIT_FAILURE;

    /* Signals are taken one at a time instead of by handlers: no window between reaping and waiting
     * can lose one. */
    while (sigwait(&set, &sig) == 0) {
        if (sig != SIGCHLD)
            return EXIT_SUCCESS;
        while (waitpid(-1, &status, WNOHANG) > 0)
            ;
    }
    return EXIT_FAILURE;
}
