// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
#include "../service.h"
#include <pthread.h>

static void *serve(void *argument) {
  const int fd = (int)(intptr_t)argument;
  char chunk[4096];
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){64 * 1024}, sizeof(int));  // the kernel keeps no more for a client
  for (ssize_t length; (length = recv(fd, chunk, sizeof chunk, 0)) > 0;)
    for (ssize_t sent = 0, more; sent < length; sent += more)
      if ((more = send(fd, chunk + sent, (size_t)(length - sent), 0)) == -1) break;
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
