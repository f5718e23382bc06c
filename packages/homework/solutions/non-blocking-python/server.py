# Non-blocking: one thread asks every socket, round and round, whether it has something; none ever makes it wait.
# Mechanism: setblocking(False); a call that has nothing raises BlockingIOError (EAGAIN), told from a real error.
# Cost: every round asks everybody, however few have something; and a nap delays whoever comes while it lasts.
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
    listener.setblocking(False)
    owed = {}  # for each client, what was received from it and is not yet sent back
    while True:
        moved = accept_client(listener, owed)
        for client in list(owed):
            moved |= echo(client, owed)
        if not moved:
            time.sleep(0.001)  # a whole round found nothing; to ask again at once would burn a core


def accept_client(listener, owed):
    try:
        client, _ = listener.accept()
    except BlockingIOError:
        return False  # nobody is there: the answer to almost every asking
    except OSError:
        return False  # no descriptor is left, for one: nobody can come before somebody leaves
    client.setblocking(False)  # it blocks, whatever its listener does
    owed[client] = b""
    return True


# Receives only when nothing is owed: order, bounded memory and half-close follow from that one rule.
def echo(client, owed):
    try:
        if not owed[client]:
            owed[client] = client.recv(CHUNK)
            if not owed[client]:
                return leave(client, owed)  # FIN, and all is sent back already
        sent = client.send(owed[client])  # which may be less
        owed[client] = owed[client][sent:]
        return True
    except BlockingIOError:
        return False  # not an error: ask again in the next round
    except OSError:
        return leave(client, owed)  # a real one: ECONNRESET, EPIPE


def leave(client, owed):
    client.close()
    del owed[client]
    return True


if __name__ == "__main__":
    main()
