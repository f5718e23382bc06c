# UDP: one socket for everybody. There are no connections, and so nothing to accept, to close, or to wait for.
# Mechanism: recvfrom says who has sent this datagram, and sendto answers; both may sleep.
# Cost: nothing says that a sender is who it says it is. So what is answered, and how often, is the server's business.
import socket
import sys
import time

LARGEST = 65507  # bytes: the most that a datagram can hold over IPv4
RATE, BURST = 200, 400  # answers a second to one peer in the long run, and at once
PEERS = 4096  # buckets of tokens; peers that share one share its tokens, so the table never grows
tokens = [BURST] * PEERS
refilled = [0.0] * PEERS  # seconds


def main():
    serve(open_socket(sys.argv[1:]))


def open_socket(words):
    if len(words) != 2 or not words[1].isdecimal() or int(words[1]) > 65535:
        print("usage: server.py HOST PORT, an IPv4 address and a port from 0 to 65535", file=sys.stderr)
        sys.exit(2)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        # No SO_REUSEADDR: UDP knows no TIME_WAIT, and with it a second server could take this one's port.
        server.bind((words[0], int(words[1])))
    except OSError as error:
        sys.exit(f"server.py: {error}")
    print("listening on %s:%d" % server.getsockname(), flush=True)
    return server


def serve(server):
    _, own_port = server.getsockname()
    while True:
        try:
            datagram, peer = server.recvfrom(LARGEST)  # sleeps until one comes; it may be empty
            if not is_suspicious(peer, own_port) and has_token(peer):
                server.sendto(datagram, peer)
        except OSError:
            pass  # ECONNREFUSED, EACCES: one peer's affair; UDP may lose an answer


# Another echo server, or a service that answers whatever it gets, would answer our answer, and so on for ever.
# From 224 on stand multicast and broadcast: one answer would go to many.
def is_suspicious(peer, own_port):
    host, port = peer
    return port == own_port or port < 1024 or int(host.split(".")[0]) >= 224


# A token bucket: whatever loop is left runs dry.
def has_token(peer):
    bucket = hash(peer) % PEERS
    now = time.monotonic()
    tokens[bucket] = min(BURST, tokens[bucket] + (now - refilled[bucket]) * RATE)
    refilled[bucket] = now
    if tokens[bucket] < 1:
        return False
    tokens[bucket] -= 1
    return True


if __name__ == "__main__":
    main()
