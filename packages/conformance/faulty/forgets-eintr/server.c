// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
#include "../service.h"
#include <sys/epoll.h>

static void watch(int epoll, int fd, void *client) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = client};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1) die("epoll_ctl");
}

int main(int argc, char **argv) {
  const int listener = open_server(argc, argv, SOCK_STREAM | SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
  watch(epoll, listener, NULL);
  for (struct epoll_event ready[64];;) {
    const int count = epoll_wait(epoll, ready, 64, -1);
    if (count == -1) die("epoll_wait");
    for (int i = 0; i < count; i += 1) {
      struct client *client = ready[i].data.ptr;
      if (client == NULL || !step(client)) continue;
      close(client->fd);
      free(client);
    }
    // Each time: whoever found no descriptor is still there, and edge-triggered events come only once.
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1;) {
      struct client *client = calloc(1, sizeof *client);
      if (client == NULL) die("calloc");
      client->fd = fd;
      watch(epoll, fd, client);
    }
  }
}
