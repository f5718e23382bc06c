// Thread per connection: the main thread accepts, and each client gets a thread of its own that may sleep.
// Mechanism: pthread_create; a descriptor belongs to the whole process, so its number is all the thread needs.
// Cost: a thread per client, in time to start it and in memory for its stack; hence a limit on clients.
#include "../listen.h"
#include <pthread.h>
#include <semaphore.h>

enum {
  CLIENTS = 256,
  STACK = 256 * 1024,  // the chunk and some room, instead of 8 MiB
};

static sem_t places;

static void serve(int listener);
static int accept_client(int listener);
static void *client_thread(void *fd);
static void echo(int fd);

int main(int argc, char **argv) { serve(open_listener(argc, argv, 0)); }

static void serve(int listener) {
  pthread_attr_t detached;
  pthread_attr_init(&detached);
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);  // nobody joins it: it leaves nothing behind
  pthread_attr_setstacksize(&detached, STACK);
  sem_init(&places, 0, CLIENTS);
  print_ready_line(listener);

  for (;;) {
    while (sem_wait(&places) == -1) {}  // at the limit, the next client waits in the backlog; EINTR: wait on
    int fd = accept_client(listener);
    pthread_t thread;
    if (pthread_create(&thread, &detached, client_thread, (void *)(intptr_t)fd) == 0) continue;
    close(fd);  // no thread could be had: this client is turned away
    sem_post(&places);
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

static void *client_thread(void *fd) {
  echo((int)(intptr_t)fd);
  close((int)(intptr_t)fd);
  sem_post(&places);
  return NULL;
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
