// UDP: one socket for everybody. There are no connections, and so nothing to accept, to close, or to wait for.
// Mechanism: recvfrom says who has sent this datagram, and sendto answers; both may sleep.
// Cost: nothing says that a sender is who it says it is. So what is answered, and how often, is the server's business.
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum {
  LARGEST = 65507,  // bytes: the most that a datagram can hold over IPv4
  RATE = 200,       // answers a second to one peer, in the long run
  BURST = 400,      // and at once
  PEERS = 4096,     // buckets of tokens; peers that share one share its tokens, so the table never grows
};

static struct bucket {
  double tokens, refilled;  // seconds
} buckets[PEERS];
static in_port_t own_port;

static int open_socket(int argc, char **argv);
static void serve(int server);
static bool is_suspicious(struct sockaddr_in peer);
static bool has_token(struct sockaddr_in peer);

int main(int argc, char **argv) { serve(open_socket(argc, argv)); }

static int open_socket(int argc, char **argv) {
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
  int server = socket(AF_INET, SOCK_DGRAM, 0);
  // No SO_REUSEADDR: UDP knows no TIME_WAIT, and with it a second server could take this one's port.
  if (server == -1 || bind(server, (struct sockaddr *)&address, size) == -1 ||
      getsockname(server, (struct sockaddr *)&address, &size) == -1) {
    perror("server: cannot bind");
    exit(1);
  }
  own_port = ntohs(address.sin_port);
  printf("listening on %s:%d\n", argv[1], own_port);
  fflush(stdout);
  return server;
}

static void serve(int server) {
  static char datagram[LARGEST];
  for (;;) {
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    // Sleeps until one comes; it may be empty. -1: EINTR, or ECONNREFUSED, which is an earlier peer's affair.
    ssize_t length = recvfrom(server, datagram, LARGEST, 0, (struct sockaddr *)&peer, &size);
    if (length == -1 || is_suspicious(peer) || !has_token(peer)) continue;
    sendto(server, datagram, (size_t)length, 0, (struct sockaddr *)&peer, size);  // UDP may lose an answer
  }
}

// Another echo server, or a service that answers whatever it gets, would answer our answer, and so on for ever.
// From 224 on stand multicast and broadcast: one answer would go to many.
static bool is_suspicious(struct sockaddr_in peer) {
  in_port_t port = ntohs(peer.sin_port);
  return port == own_port || port < 1024 || ntohl(peer.sin_addr.s_addr) >> 24 >= 224;
}

// A token bucket: whatever loop is left runs dry.
static bool has_token(struct sockaddr_in peer) {
  struct bucket *bucket = &buckets[(ntohl(peer.sin_addr.s_addr) * 31 + ntohs(peer.sin_port)) % PEERS];
  struct timespec clock;
  clock_gettime(CLOCK_MONOTONIC, &clock);
  double now = (double)clock.tv_sec + (double)clock.tv_nsec / 1e9;
  bucket->tokens += (now - bucket->refilled) * RATE;
  bucket->refilled = now;
  if (bucket->tokens > BURST) bucket->tokens = BURST;
  if (bucket->tokens < 1) return false;
  bucket->tokens -= 1;
  return true;
}
