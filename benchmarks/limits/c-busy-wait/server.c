// Busy-wait: one thread asks every socket, round and round, whether it has something; none ever makes it wait.
// Mechanism: non-blocking sockets; a call that has nothing fails with EAGAIN, which is told from a real error.
// Cost: a core burns while nobody says a word, and each round asks all clients, however few have something.
#include "../listen.h"

struct client {
  struct client *next;
  int fd;
  char *owed;         // received and not yet sent back: owed[start, end); NULL when nothing is
  size_t start, end;
};

enum step { READABLE, WRITABLE, FINISHED };

static void serve(int listener);
static struct client *accept_client(int listener);
static enum step echo(struct client *client);
static enum step send_back(struct client *client, const char *from, size_t length);
static void leave(struct client *client);

int main(int argc, char **argv) { serve(open_listener(argc, argv, SOCK_NONBLOCK)); }

static void serve(int listener) {
  struct client *first = NULL;
  print_ready_line(listener);

  for (;;) {
    struct client *newcomer = accept_client(listener);
    if (newcomer != NULL) {
      newcomer->next = first;
      first = newcomer;
    }
    for (struct client **link = &first; *link != NULL;) {
      struct client *client = *link;
      if (echo(client) == FINISHED) {
        *link = client->next;
        leave(client);
      } else {
        link = &client->next;
      }
    }
  }
}

// NULL when no client is there, the answer to almost every asking, and also when no descriptor or memory is: ask again.
static struct client *accept_client(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd == -1 && !can_accept_again(errno)) die("accept");
  if (fd == -1) return NULL;
  struct client *client = malloc(sizeof *client);
  if (client == NULL) {
    close(fd);
    return NULL;
  }
  *client = (struct client){.fd = fd};
  return client;
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
