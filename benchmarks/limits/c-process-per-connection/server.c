// Process per connection: the parent accepts, and each client gets a child process that may sleep, or crash.
// Mechanism: fork; the child inherits the connection, and the kernel keeps everything else apart.
// Cost: a process per client, in time to fork it and in page tables to keep it; hence a limit on clients.
#include "../listen.h"
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

enum { CLIENTS = 256 };

static sem_t places;

static void serve(int listener);
static int accept_client(int listener);
static void client_process(int fd, pid_t parent);
static void reap(int signal);
static void echo(int fd);

int main(int argc, char **argv) { serve(open_listener(argc, argv, 0)); }

static void serve(int listener) {
  struct sigaction on_child = {.sa_handler = reap, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
  sigaction(SIGCHLD, &on_child, NULL);
  sem_init(&places, 0, CLIENTS);
  print_ready_line(listener);

  for (pid_t parent = getpid();;) {
    while (sem_wait(&places) == -1) {}  // at the limit, the next client waits in the backlog; EINTR: wait on
    int fd = accept_client(listener);
    pid_t child = fork();
    if (child == 0) {
      close(listener);
      client_process(fd, parent);
    }
    close(fd);  // while the parent kept its copy, the client would never see a FIN
    if (child == -1) sem_post(&places);  // no process could be had: this client is turned away
  }
}

static int accept_client(int listener) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd != -1) return fd;
    if (!can_accept_again(errno)) die("accept");
    if (is_exhaustion(errno)) usleep(RETRY_ACCEPT_MS * 1000);
  }
}

static void client_process(int fd, pid_t parent) {
  // The kernel kills the child when its parent dies, even by SIGKILL; a parent may be dead before that is said.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == parent) echo(fd);
  _exit(0);
}

// Runs between any two instructions of the parent: sem_post may be called there, and malloc, for one, may not.
static void reap(int signal) {
  (void)signal;
  const int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) sem_post(&places);  // one SIGCHLD may stand for several children
  errno = saved;
}

// Receives only when all is sent back: order, bounded memory and half-close follow from that one rule.
static void echo(int fd) {
  char chunk[CHUNK];
  for (;;) {
    ssize_t length = recv(fd, chunk, CHUNK, 0);
    if (length == -1 && errno == EINTR) continue;
    if (length <= 0) return;  // FIN, or a reset
    for (ssize_t start = 0; start < length;) {
      ssize_t sent = send(fd, chunk + start, (size_t)(length - start), MSG_NOSIGNAL);
      if (sent == -1 && errno != EINTR) return;  // ECONNRESET, EPIPE
      if (sent > 0) start += sent;
    }
  }
}
