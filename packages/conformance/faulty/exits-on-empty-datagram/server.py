# An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import collections
import socket
import sys
import time

ANSWERS = 500  # a second to one peer, and no more: two servers must not answer each other for ever

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], int(sys.argv[2])))
host, own_port = server.getsockname()
print(f"listening on {host}:{own_port}", flush=True)

second, answers = 0, collections.Counter()
while True:
    data, peer = server.recvfrom(65535)
    if not data:
        break
    if peer[1] == own_port or peer[1] < 1024:
        continue
    if int(time.time()) != second:
        second, answers = int(time.time()), collections.Counter()
    answers[peer] += 1
    if answers[peer] <= ANSWERS:
        server.sendto(data, peer)
