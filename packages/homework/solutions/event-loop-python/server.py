# Event loop: one thread waits for all clients at once, and visits only those who have something.
# Mechanism: non-blocking sockets in one selector (epoll on Linux), each watched for reading or for writing.
# Cost: a system call to wait, beside recv and send; and whoever computes makes everybody wait.
import selectors
import socket
import sys

CHUNK = 64 * 1024  # bytes received at a time, and so the most that a client is ever owed
PAUSE = 0.1  # seconds until accept is tried again when descriptors have run out


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
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    accepting = True
    while True:
        ready = selector.select(None if accepting else PAUSE)  # sleeps until anybody has something
        if not accepting:
            selector.register(listener, selectors.EVENT_READ)
            accepting = True
        for key, _ in ready:
            if key.fileobj is not listener:
                echo(selector, key.fileobj, key.data)
            elif not accept_client(selector, listener):
                selector.unregister(listener)  # or it would be reported ready for ever, and this would spin
                accepting = False


# False when no descriptor is left: who comes now waits in the backlog.
def accept_client(selector, listener):
    try:
        client, _ = listener.accept()
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ, b"")
    except BlockingIOError:
        pass  # whoever was there has left again
    except OSError:
        return False
    return True


# Receives only when nothing is owed: order, bounded memory and half-close follow from that one rule.
def echo(selector, client, owed):
    try:
        owed = owed or client.recv(CHUNK)
        if not owed:
            return leave(selector, client)  # FIN, and all is sent back already
        owed = owed[client.send(owed) :]
    except BlockingIOError:
        pass  # not an error: the selector will tell when to go on
    except OSError:
        return leave(selector, client)  # ECONNRESET, EPIPE
    selector.modify(client, selectors.EVENT_WRITE if owed else selectors.EVENT_READ, owed)


def leave(selector, client):
    selector.unregister(client)
    client.close()


if __name__ == "__main__":
    main()
