// What is the same in every server of this folder, so that their files differ in the dispatch and in nothing else.
// Interface: open_listener, print_ready_line, die, is_nothing_yet, is_exhaustion, can_accept_again, now_ms.
#ifndef LISTEN_H
#define LISTEN_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  BACKLOG = 4096,         // connections the kernel queues before accept (listen(2))
  CHUNK = 64 * 1024,      // bytes received at a time, and so the most that a client is ever owed
  RETRY_ACCEPT_MS = 100,  // until accept is tried again when descriptors or memory have run out
};

// Says in one line what failed, and ends.
static inline void die(const char *what) {
  fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
  exit(1);
}

static inline void usage(const char *what, const char *given) {
  fprintf(stderr, "server: %s, not \"%s\"; usage: server HOST PORT\n", what, given);
  exit(2);
}

// A listener on HOST PORT of the command line. `flags`: SOCK_NONBLOCK, or 0 for one whose accept waits.
static inline int open_listener(int argc, char **argv, int flags) {
  const char *host = argc > 1 ? argv[1] : "";
  const char *port = argc > 2 ? argv[2] : "";
  struct sockaddr_in address = {.sin_family = AF_INET};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) usage("HOST is an IPv4 address such as 127.0.0.1", host);
  size_t digits = strspn(port, "0123456789");
  if (digits == 0 || digits > 5 || port[digits] != '\0' || atoi(port) > 65535)
    usage("PORT is a whole number from 0 to 65535", port);
  address.sin_port = htons((uint16_t)atoi(port));

  int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
  if (listener == -1) die("socket");
  const int on = 1;
  // Without it, no server could start again on a port that still has connections in TIME_WAIT.
  if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1) die("SO_REUSEADDR");
  // On Linux an accepted socket inherits this from its listener: one system call fewer for each client.
  if (setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1) die("TCP_NODELAY");
  if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1 || listen(listener, BACKLOG) == -1) {
    fprintf(stderr, "server: cannot listen on %s:%s: %s\n", host, port, strerror(errno));
    exit(1);
  }
  return listener;
}

// Tells whoever started the server that clients can connect, and where: PORT 0 let the kernel choose.
static inline void print_ready_line(int listener) {
  struct sockaddr_in address;
  socklen_t size = sizeof address;
  if (getsockname(listener, (struct sockaddr *)&address, &size) == -1) die("getsockname");
  char host[INET_ADDRSTRLEN], line[64];
  inet_ntop(AF_INET, &address.sin_addr, host, sizeof host);
  int length = snprintf(line, sizeof line, "listening on %s:%d\n", host, ntohs(address.sin_port));
  if (write(STDOUT_FILENO, line, (size_t)length) == -1) die("write");
}

// Not an error of this client: ask again later. A signal, SIGCONT for one, may interrupt any call.
static inline bool is_nothing_yet(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

// accept fails like this at once, and for as long as nobody leaves: to try again without a pause would be to spin.
static inline bool is_exhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

// accept(2), "Error handling": what the network reported of one connection says nothing of the listener. Anything else,
// such as EINVAL, is a mistake of this program.
static inline bool can_accept_again(int error) {
  return is_exhaustion(error) || is_nothing_yet(error) || error == ECONNABORTED || error == EPERM ||
         error == ENETDOWN || error == EPROTO || error == ENOPROTOOPT || error == EHOSTDOWN || error == ENONET ||
         error == EHOSTUNREACH || error == EOPNOTSUPP || error == ENETUNREACH;
}

// Milliseconds of a clock that nobody sets.
static inline int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
