// The mistake: nobody waits for the children. One that has ended stays in the table of processes: it is a zombie.
// Found by case 39: 50 clients have come and gone, and 50 processes are still there.
#include "../service.h"
#include <signal.h>
#include <sys/prctl.h>

int main(int argc, char **argv) {
  const int listener = open_server(argc, argv, SOCK_STREAM);
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
