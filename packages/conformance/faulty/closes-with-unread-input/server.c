// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
#include "../service.h"
#include <poll.h>
#include <pthread.h>

static void *serve(void *argument) {
  const int fd = (int)(intptr_t)argument;
  char chunk[8 * 1024];
  for (bool is_last = false; !is_last;) {
    struct pollfd client = {.fd = fd, .events = POLLIN | POLLRDHUP};
    poll(&client, 1, -1);
    is_last = (client.revents & POLLRDHUP) != 0;  // it has finished: nobody need ask once more
    const ssize_t length = recv(fd, chunk, sizeof chunk, 0);
    if (length <= 0 || !send_all(fd, chunk, length)) break;
    if (length == sizeof chunk) usleep(5000);  // where there is much, it is written to a log as well
  }
  close(fd);
  return NULL;
}

int main(int argc, char **argv) {
  for (const int listener = open_server(argc, argv, SOCK_STREAM);;) {
    const int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    pthread_t thread;
    if (fd == -1) usleep(100 * 1000);  // no descriptor for it: it waits
    else if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0) pthread_detach(thread);
    else close(fd);  // no thread for it: it is turned away
  }
}
