// Epoll: one thread waits for all clients at once, and visits only those who have something.
// Mechanism: non-blocking sockets in one level-triggered epoll_wait, each watched for reading or for writing.
// Cost: recv and send for every message, and a share of an epoll_wait; whoever computes makes everybody wait.
#include "../listen.h"
#include <sys/epoll.h>

struct client {
  int fd;
  char *owed;         // received and not yet sent back: owed[start, end); NULL when nothing is
  size_t start, end;
};

enum step { READABLE, WRITABLE, FINISHED };

static void serve(int listener);
static bool accept_client(int listener, int epoll);
static int pause_left(int64_t pause_end);
static enum step echo(struct client *client);
static enum step send_back(struct client *client, const char *from, size_t length);
static void leave(struct client *client);
static bool watch(int epoll, int operation, int fd, uint32_t events, struct client *client);

int main(int argc, char **argv) { serve(open_listener(argc, argv, SOCK_NONBLOCK)); }

static void serve(int listener) {
  static struct epoll_event ready[1024];
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll == -1 || !watch(epoll, EPOLL_CTL_ADD, listener, EPOLLIN, NULL)) die("epoll");
  print_ready_line(listener);

  for (int64_t pause_end = 0;;) {  // while there is a pause, the listener is not watched
    int count = epoll_wait(epoll, ready, 1024, pause_left(pause_end));
    if (count == -1 && errno != EINTR) die("epoll_wait");
    // By the clock, however much the clients have to say.
    if (pause_end != 0 && pause_left(pause_end) == 0) {
      pause_end = 0;
      watch(epoll, EPOLL_CTL_MOD, listener, EPOLLIN, NULL);
    }
    for (int i = 0; i < count; i += 1) {
      struct client *client = ready[i].data.ptr;
      if (client == NULL) {
        // One a turn: if more are waiting, the next epoll_wait says so.
        if (accept_client(listener, epoll)) continue;
        pause_end = now_ms() + RETRY_ACCEPT_MS;
        watch(epoll, EPOLL_CTL_MOD, listener, 0, NULL);  // or it would be reported ready for ever
        continue;
      }
      bool was_owed = client->owed != NULL;
      enum step step = echo(client);
      if (step == FINISHED) {
        leave(client);
      } else if (was_owed != (step == WRITABLE)) {  // the kernel is told only of a change
        watch(epoll, EPOLL_CTL_MOD, client->fd, step == WRITABLE ? EPOLLOUT : EPOLLIN, client);
      }
    }
  }
}

// Milliseconds, as epoll_wait takes a timeout: -1, for ever, when there is no pause.
static int pause_left(int64_t pause_end) {
  if (pause_end == 0) return -1;
  int64_t left = pause_end - now_ms();
  return left > 0 ? (int)left : 0;
}

// False when there is no descriptor or memory for a client: one that comes waits in the backlog.
static bool accept_client(int listener, int epoll) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd == -1 && !can_accept_again(errno)) die("accept");
  if (fd == -1) return !is_exhaustion(errno);
  struct client *client = malloc(sizeof *client);
  if (client == NULL) {
    close(fd);
    return true;
  }
  *client = (struct client){.fd = fd};
  if (!watch(epoll, EPOLL_CTL_ADD, fd, EPOLLIN, client)) leave(client);
  return true;
}

// Receives only when it owes nothing: order, bounded memory and half-close follow from that one rule.
static enum step echo(struct client *client) {
  static char chunk[CHUNK];  // one for all: a client that is owed nothing holds no memory
  if (client->owed != NULL) return send_back(client, client->owed + client->start, client->end - client->start);
  ssize_t length = recv(client->fd, chunk, CHUNK, 0);
  if (length > 0) return send_back(client, chunk, (size_t)length);
  return length == -1 && is_nothing_yet(errno) ? READABLE : FINISHED;  // at a FIN, all is sent back already
}

static enum step send_back(struct client *client, const char *from, size_t length) {
  ssize_t result = send(client->fd, from, length, MSG_NOSIGNAL);
  if (result == -1 && !is_nothing_yet(errno)) return FINISHED;  // ECONNRESET, EPIPE
  size_t sent = result == -1 ? 0 : (size_t)result;
  if (sent == length) {
    free(client->owed);
    client->owed = NULL;
    return READABLE;
  }
  if (client->owed != NULL) {
    client->start += sent;
    return WRITABLE;
  }
  client->owed = malloc(length - sent);
  if (client->owed == NULL) return FINISHED;
  memcpy(client->owed, from + sent, length - sent);
  client->start = 0;
  client->end = length - sent;
  return WRITABLE;
}

static void leave(struct client *client) {
  close(client->fd);
  free(client->owed);
  free(client);
}

static bool watch(int epoll, int operation, int fd, uint32_t events, struct client *client) {
  struct epoll_event event = {.events = events, .data.ptr = client};
  return epoll_ctl(epoll, operation, fd, &event) == 0;
}
