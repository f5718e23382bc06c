// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
#include "../service.h"
#include <sys/epoll.h>

// Goes on until the kernel says "not now"; edge-triggered, the next event says when to go on.
static void serve(struct client *client) {
  for (;;) {
    if (client->start == client->end) {
      const ssize_t length = recv(client->fd, client->owed, sizeof client->owed, 0);
      if (length == -1) return;
      if (length == 0) break;
      client->start = 0;
      client->end = length;
    }
    const char *from = client->owed + client->start;
    const ssize_t sent = send(client->fd, from, (size_t)(client->end - client->start), MSG_NOSIGNAL);
    if (sent == -1) return;
    client->start += sent;
  }
  close(client->fd);
  free(client);
}

static void watch(int epoll, int fd, void *client) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = client};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1) die("epoll_ctl");
}

int main(int argc, char **argv) {
  const int listener = open_server(argc, argv, SOCK_STREAM | SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener, NULL);
  for (struct epoll_event ready[64];;) {
    const int count = epoll_wait(epoll, ready, 64, -1);
    for (int i = 0; i < count; i += 1)
      if (ready[i].data.ptr != NULL) serve(ready[i].data.ptr);
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1;) {
      struct client *client = calloc(1, sizeof *client);
      if (client == NULL) die("calloc");
      client->fd = fd;
      watch(epoll, fd, client);
    }
  }
}
