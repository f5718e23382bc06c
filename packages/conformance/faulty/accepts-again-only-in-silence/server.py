# An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import selectors
import socket
import sys

selector = selectors.DefaultSelector()


def serve(listener):
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
    watched = True
    while True:
        ready = selector.select(None if watched else 0.1)
        if not watched and not ready:
            selector.register(listener, selectors.EVENT_READ)
            watched = True
        for key, _ in ready:
            if key.fileobj is not listener:
                echo(key.fileobj, key.data)
            elif not accept(listener):
                selector.unregister(listener)  # no descriptor is left: it would be ready for ever
                watched = False


def accept(listener):
    try:
        client, _ = listener.accept()
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ, b"")
    except BlockingIOError:
        pass  # it has gone already
    except OSError:
        return False
    return True


def echo(client, owed):
    try:
        owed = owed or client.recv(65536)
        if not owed:
            return leave(client)  # FIN
        owed = owed[client.send(owed) :]
    except BlockingIOError:
        pass  # the selector will say when to go on
    except OSError:
        return leave(client)  # a reset: this client's own
    selector.modify(client, selectors.EVENT_WRITE if owed else selectors.EVENT_READ, owed)


def leave(client):
    selector.unregister(client)
    client.close()


try:
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])), backlog=1024)
except (OSError, OverflowError, ValueError) as error:
    sys.exit(f"server.py: {error}")
print("listening on %s:%d" % listener.getsockname(), flush=True)
serve(listener)
