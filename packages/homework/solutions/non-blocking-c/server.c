// Non-blocking: one thread asks every socket, round and round, whether it has something; none ever makes it wait.
// Mechanism: O_NONBLOCK; a call that has nothing fails with EAGAIN, which is told from a real error.
// Cost: every round asks everybody, however few have something; and a nap delays whoever comes while it lasts.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  CHUNK = 64 * 1024,  // bytes received at a time, and so the most that a client is ever owed
  DESCRIPTORS = 64 * 1024,
};

static struct client {
  size_t start, end;  // received and not yet sent back: buffer[start, end)
  char buffer[CHUNK];
} *clients[DESCRIPTORS];  // by descriptor; NULL where there is none
static int top;           // above the largest of them

static int open_listener(int argc, char **argv);
static void serve(int listener);
static bool accept_client(int listener);
static bool echo(int fd, struct client *client);
static bool leave(int fd);
static bool is_nothing_yet(void) { return errno == EAGAIN || errno == EINTR; }

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
  fcntl(listener, F_SETFL, O_NONBLOCK);
  for (;;) {
    bool moved = accept_client(listener);
    for (int fd = 0; fd < top; fd += 1)
      if (clients[fd] != NULL) moved |= echo(fd, clients[fd]);
    if (!moved) usleep(1000);  // a whole round found nothing; to ask again at once would burn a core
  }
}

static bool accept_client(int listener) {
  int fd = accept(listener, NULL, NULL);
  // EAGAIN: nobody is there, the answer to almost every asking. EMFILE: nobody can come before somebody leaves.
  if (fd == -1) return false;
  struct client *client = fd < DESCRIPTORS ? malloc(sizeof *client) : NULL;
  if (client == NULL) {
    close(fd);
    return true;
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);  // it blocks, whatever its listener does
  client->start = client->end = 0;
  clients[fd] = client;
  if (fd >= top) top = fd + 1;
  return true;
}

// Receives only when nothing is owed: order, bounded memory and half-close follow from that one rule.
static bool echo(int fd, struct client *client) {
  if (client->start == client->end) {
    ssize_t length = recv(fd, client->buffer, CHUNK, 0);
    if (length == -1 && is_nothing_yet()) return false;  // not an error: ask again in the next round
    if (length <= 0) return leave(fd);  // 0 is the client's FIN, and all is sent back already; -1 ECONNRESET
    client->start = 0;
    client->end = (size_t)length;
  }
  // Without MSG_NOSIGNAL, a client that is gone would end the server by SIGPIPE.
  ssize_t sent = send(fd, client->buffer + client->start, client->end - client->start, MSG_NOSIGNAL);
  if (sent == -1) return is_nothing_yet() ? false : leave(fd);
  client->start += (size_t)sent;  // which may be less than was asked
  return true;
}

static bool leave(int fd) {
  close(fd);
  free(clients[fd]);
  clients[fd] = NULL;
  return true;
}
