// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
#include "../service.h"
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static void reap(int signal) {
  (void)signal;
  static const char why[] = "server: a child has crashed\n";
  const int saved = errno;
  for (int status; waitpid(-1, &status, WNOHANG) > 0;)
    if (WIFSIGNALED(status)) _exit(write(STDERR_FILENO, why, sizeof why - 1) == -1 ? 2 : 1);
  errno = saved;
}

int main(int argc, char **argv) {
  const int listener = open_server(argc, argv, SOCK_STREAM);
  sigaction(SIGCHLD, &(struct sigaction){.sa_handler = reap, .sa_flags = SA_RESTART | SA_NOCLDSTOP}, NULL);
  for (const pid_t parent = getpid();;) {
    const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd == -1) {
      usleep(100 * 1000);  // no descriptor for it: it waits
      continue;
    }
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // no child outlives its parent
      close(listener);
      if (getppid() == parent) echo(fd);
      _exit(0);
    }
    close(fd);
  }
}
