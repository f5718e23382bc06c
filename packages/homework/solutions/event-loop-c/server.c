// Event loop: one thread waits for all clients at once, and visits only those who have something.
// Mechanism: non-blocking sockets in one level-triggered epoll, each watched for reading or for writing.
// Cost: a system call to wait, beside recv and send; and whoever computes makes everybody wait.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  CHUNK = 64 * 1024,  // bytes received at a time, and so the most that a client is ever owed
  PAUSE = 100,        // milliseconds until accept is tried again when descriptors have run out
};

struct client {
  int fd;
  size_t start, end;  // received and not yet sent back: buffer[start, end)
  char buffer[CHUNK];
};

static int open_listener(int argc, char **argv);
static void serve(int listener);
static bool accept_client(int epoll, int listener);
static void echo(int epoll, struct client *client);
static void leave(struct client *client);
static bool watch(int epoll, int operation, int fd, uint32_t events, struct client *client);
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
  int epoll = epoll_create1(0);
  watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, NULL);
  for (bool accepting = true;;) {
    struct epoll_event ready[64];
    // Sleeps until anybody has something. -1 is EINTR: SIGCONT, for one.
    int count = epoll_wait(epoll, ready, 64, accepting ? -1 : PAUSE);
    if (!accepting) accepting = watch(epoll, EPOLL_CTL_MOD, listener, EPOLLIN, NULL);
    for (int i = 0; i < count; i += 1) {
      if (ready[i].data.ptr != NULL) {
        echo(epoll, ready[i].data.ptr);
      } else if (!accept_client(epoll, listener)) {
        watch(epoll, EPOLL_CTL_MOD, listener, 0, NULL);  // or it would be reported ready for ever, and this would spin
        accepting = false;
      }
    }
  }
}

// False when no descriptor is left: who comes now waits in the backlog.
static bool accept_client(int epoll, int listener) {
  int fd = accept(listener, NULL, NULL);
  if (fd == -1) return is_nothing_yet();
  struct client *client = malloc(sizeof *client);
  if (client == NULL) {
    close(fd);
    return true;
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  client->fd = fd;
  client->start = client->end = 0;
  if (!watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, client)) leave(client);
  return true;
}

// Receives only when nothing is owed: order, bounded memory and half-close follow from that one rule.
static void echo(int epoll, struct client *client) {
  bool was_owed = client->start < client->end;
  if (!was_owed) {
    ssize_t length = recv(client->fd, client->buffer, CHUNK, 0);
    if (length == -1 && is_nothing_yet()) return;
    if (length <= 0) return leave(client);  // 0 is the client's FIN, and all is sent back already; -1 ECONNRESET
    client->start = 0;
    client->end = (size_t)length;
  }
  // Without MSG_NOSIGNAL, a client that is gone would end the server by SIGPIPE.
  ssize_t sent = send(client->fd, client->buffer + client->start, client->end - client->start, MSG_NOSIGNAL);
  if (sent == -1 && !is_nothing_yet()) return leave(client);
  if (sent > 0) client->start += (size_t)sent;
  bool is_owed = client->start < client->end;
  if (is_owed != was_owed) watch(epoll, EPOLL_CTL_MOD, client->fd, is_owed ? EPOLLOUT : EPOLLIN, client);
}

static void leave(struct client *client) {
  close(client->fd);  // epoll forgets it by that
  free(client);
}

static bool watch(int epoll, int operation, int fd, uint32_t events, struct client *client) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  return epoll_ctl(epoll, operation, fd, &event) == 0;
}
