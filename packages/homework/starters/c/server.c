// Your homework: a non-blocking echo server. One thread serves many clients, and no call ever makes it wait.
// Here are the command line, a socket that listens, and the line that says so. The rest is yours.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int open_listener(int argc, char **argv);
static void serve(int listener);

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
  fcntl(listener, F_SETFL, O_NONBLOCK);  // a client that you accept needs this as well
  for (;;) {
    // TODO: accept whoever is there; then, for each client, recv what it has sent, and send it back.
    // Three questions that you must answer:
    //   1. What if recv returns 0? What must have happened before you close the client?
    //   2. What if send takes less than you gave it? Where does the rest wait, and may you recv more meanwhile?
    //   3. What if accept, recv or send would block? Then it returns -1 and errno is EAGAIN. That is not an error, but
    //      ECONNRESET and EPIPE are: what is to be done about each? (And what does MSG_NOSIGNAL save you from?)
    usleep(1000);  // only if nothing has happened in the whole round
  }
}
