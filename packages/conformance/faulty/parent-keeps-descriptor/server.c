// The mistake: fork gives the child a copy of the client's descriptor; the parent keeps its own, and never closes it.
// Found by case 2: the child has closed the connection, and yet the client never sees a FIN.
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
