// What is the same in every C server of this folder, so that its server.c holds the mistake and little else.
// Interface: open_server, die; echo and send_all, which wait; struct client and step, which never do.
#ifndef SERVICE_H
#define SERVICE_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Says in one line what failed, and ends.
static inline void die(const char *what) {
  fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
  exit(1);
}

// A socket on HOST PORT of the command line, announced by the ready line. `type`: SOCK_STREAM or SOCK_DGRAM, and flags.
static inline int open_server(int argc, char **argv, int type) {
  const char *host = argc > 1 ? argv[1] : "", *port = argc > 2 ? argv[2] : "";
  struct sockaddr_in address = {.sin_family = AF_INET};
  char *end;
  const long number = strtol(port, &end, 10);
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1 || end == port || *end != '\0' || number < 0 || number > 65535) {
    fprintf(stderr, "usage: server HOST PORT: an IPv4 address, and a number from 0 to 65535\n");
    exit(2);
  }
  address.sin_port = htons((uint16_t)number);

  const bool is_stream = (type & SOCK_DGRAM) == 0;
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0), on = 1;
  if (fd == -1) die("socket");
  if (is_stream && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1) die("SO_REUSEADDR");
  if (is_stream && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1) die("TCP_NODELAY");
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == -1) die("bind");
  if (is_stream && listen(fd, 1024) == -1) die("listen");

  socklen_t size = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &size) == -1) die("getsockname");
  printf("listening on %s:%d\n", host, ntohs(address.sin_port));
  fflush(stdout);
  return fd;
}

// False when the client has gone. Sends all: a stopped and continued process may have sent a part (signal(7)).
static inline bool send_all(int fd, const char *from, ssize_t length) {
  for (ssize_t sent = 0, more; sent < length; sent += more)
    if ((more = send(fd, from + sent, (size_t)(length - sent), MSG_NOSIGNAL)) == -1) return false;
  return true;
}

// The service, waiting: returns at the client's FIN or reset.
static inline void echo(int fd) {
  char chunk[64 * 1024];
  for (ssize_t length; (length = recv(fd, chunk, sizeof chunk, 0)) > 0;)
    if (!send_all(fd, chunk, length)) return;
}

// The service, never waiting: what is received and not yet sent back is owed[start, end).
struct client {
  int fd;
  ssize_t start, end;
  char owed[16 * 1024];
};

// Goes on until the kernel says "not now". True when the client has left. It receives only when it owes nothing.
static inline bool step(struct client *client) {
  for (;;) {
    if (client->start == client->end) {
      client->start = 0;
      client->end = recv(client->fd, client->owed, sizeof client->owed, 0);
      if (client->end == 0) return true;
      if (client->end == -1) {
        client->end = 0;
        return errno != EAGAIN;
      }
    }
    const ssize_t sent =
        send(client->fd, client->owed + client->start, (size_t)(client->end - client->start), MSG_NOSIGNAL);
    if (sent == -1) return errno != EAGAIN;
    client->start += sent;
  }
}

#endif
