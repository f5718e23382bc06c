// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
#include "../service.h"
#include <time.h>

enum { ANSWERS = 900 };  // a second, and no more: two servers must not answer each other for ever

int main(int argc, char **argv) {
  const int server = open_server(argc, argv, SOCK_DGRAM);
  struct sockaddr_in own, peer;
  socklen_t size = sizeof own;
  if (getsockname(server, (struct sockaddr *)&own, &size) == -1) die("getsockname");

  time_t second = 0;
  for (int answers = 0;;) {
    char datagram[4096];
    size = sizeof peer;
    const ssize_t length = recvfrom(server, datagram, sizeof datagram, 0, (struct sockaddr *)&peer, &size);
    if (length == -1 || peer.sin_port == own.sin_port || ntohs(peer.sin_port) < 1024) continue;
    if (time(NULL) != second) {
      second = time(NULL);
      answers = 0;
    }
    answers += 1;
    if (answers <= ANSWERS) sendto(server, datagram, (size_t)length, 0, (struct sockaddr *)&peer, size);
  }
}
