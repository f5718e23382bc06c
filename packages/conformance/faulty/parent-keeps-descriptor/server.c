// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
#include "../service.h"
#include <signal.h>
#include <sys/prctl.h>

int main(int argc, char **argv) {
  const int listener = open_server(argc, argv, SOCK_STREAM);
  signal(SIGCHLD, SIG_IGN);  // no zombies
  for (const pid_t parent = getpid();;) {
    const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd == -1) {
      usleep(100 * 1000);  // no descriptor for it: it waits
    } else if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);  // no child outlives its parent
      close(listener);
      if (getppid() == parent) echo(fd);
      _exit(0);
    }
  }
}
