# Sequential, blocking: one thread serves one client until it leaves, and only then accepts the next.
# Mechanism: accept, recv and sendall put the thread to sleep until there is something to do.
# Cost: a client that is silent keeps everyone behind it waiting in the backlog.
import socket
import sys
import time

CHUNK = 64 * 1024  # bytes received at a time, and so the most that a client is ever owed


def main():
    serve(open_listener(sys.argv[1:]))


def open_listener(words):
    if len(words) != 2 or not words[1].isdecimal() or int(words[1]) > 65535:
        print("usage: server.py HOST PORT, an IPv4 address and a port from 0 to 65535", file=sys.stderr)
        sys.exit(2)
    try:
        listener = socket.create_server((words[0], int(words[1])), backlog=4096)  # it sets SO_REUSEADDR
    except OSError as error:
        sys.exit(f"server.py: {error}")
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # clients inherit it: small answers leave at once
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    return listener


def serve(listener):
    while True:
        try:
            client, _ = listener.accept()  # sleeps until somebody connects
        except OSError:
            time.sleep(0.1)  # no descriptor is left on this machine, for one: without a pause this would spin
            continue
        with client:
            echo(client)  # sleeps whenever this client is silent, while the others wait


# Receives only when all is sent back: order, bounded memory and half-close follow from that one rule.
def echo(client):
    try:
        while chunk := client.recv(CHUNK):  # nothing at all is the client's FIN
            client.sendall(chunk)
    except OSError:
        pass  # ECONNRESET, EPIPE: this client's own end, and not the server's


if __name__ == "__main__":
    main()
