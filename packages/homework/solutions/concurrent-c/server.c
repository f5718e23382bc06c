// Concurrent: the main thread accepts, and each client gets a thread of its own that may sleep.
// Mechanism: a thread for each client, which blocks in its own recv; the scheduler runs whoever has something.
// Cost: a thread per client, in time to start it and in memory to keep it; hence a limit on clients.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  CHUNK = 64 * 1024,  // bytes received at a time, and so the most that a client is ever owed
  CLIENTS = 64,
};

static sem_t places;

static int open_listener(int argc, char **argv);
static void serve(int listener);
static int accept_client(int listener);
static void *client_thread(void *client);
static void echo(int client);
static void leave(int client);

int main(int argc, char **argv) { serve(open_listener(argc, argv)); }

static int open_listener(int argc, char **argv) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  char *end = "";
  long port = argc == 3 ? strtol(argv[2], &end, 10) : -1;
  if (port < 0 || port > 65535 || end == argv[2] || *end != '\0' ||
      inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
    fputs("usage: server HOST PORT, an IPv4 address and a port from 0 to 65535\n", stderr);
    exit(2);
  }
  address.sin_port = htons((in_port_t)port);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  if (listener == -1 ||
      // Or the port would stay taken for as long as old connections are in TIME_WAIT.
      setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
      // Clients inherit it: small answers leave at once.
      setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1 ||
      bind(listener, (struct sockaddr *)&address, size) == -1 || listen(listener, 4096) == -1 ||
      getsockname(listener, (struct sockaddr *)&address, &size) == -1) {
    perror("server: cannot listen");
    exit(1);
  }
  printf("listening on %s:%d\n", argv[1], ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

static void serve(int listener) {
  sem_init(&places, 0, CLIENTS);
  for (;;) {
    while (sem_wait(&places) == -1) {}  // at the limit, the next client waits in the backlog; EINTR: wait on
    int client = accept_client(listener);
    pthread_t thread;
    // A descriptor belongs to the whole process: its number is all that the thread needs.
    if (pthread_create(&thread, NULL, client_thread, (void *)(intptr_t)client) == 0)
      pthread_detach(thread);  // nobody joins it: it leaves nothing behind
    else
      leave(client);  // no thread could be had: this client is turned away, and the server lives on
  }
}

static int accept_client(int listener) {
  for (;;) {
    int client = accept(listener, NULL, NULL);  // sleeps until somebody connects
    if (client != -1) return client;
    usleep(100 * 1000);  // out of descriptors, for one: without a pause this would spin until a client leaves
  }
}

static void *client_thread(void *client) {
  echo((int)(intptr_t)client);  // sleeps whenever this client is silent, and nobody minds
  leave((int)(intptr_t)client);
  return NULL;
}

// Receives only when all is sent back: order, bounded memory and half-close follow from that one rule.
static void echo(int client) {
  char chunk[CHUNK];
  for (;;) {
    ssize_t length = recv(client, chunk, CHUNK, 0);
    if (length == -1 && errno == EINTR) continue;
    if (length <= 0) return;  // 0 is the client's FIN, -1 ECONNRESET
    for (ssize_t start = 0; start < length;) {
      // Without MSG_NOSIGNAL, a client that is gone would end the server by SIGPIPE.
      ssize_t sent = send(client, chunk + start, (size_t)(length - start), MSG_NOSIGNAL);
      if (sent == -1 && errno != EINTR) return;  // ECONNRESET, EPIPE
      if (sent > 0) start += sent;
    }
  }
}

static void leave(int client) {
  close(client);
  sem_post(&places);
}
