# An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import select
import selectors
import socket
import sys
import time


def has_left(client):
    poll = select.poll()
    poll.register(client, select.POLLRDHUP)
    return bool(poll.poll(0))


selector = selectors.DefaultSelector()
try:
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
except (OSError, OverflowError, ValueError) as error:
    sys.exit(f"server.py: {error}")
listener.setblocking(False)
selector.register(listener, selectors.EVENT_READ)
print("listening on %s:%d" % listener.getsockname(), flush=True)

while True:
    for key, events in selector.select():
        if key.fileobj is listener:
            try:
                client, _ = listener.accept()
            except OSError:
                time.sleep(0.1)  # no descriptor for it: it waits
                continue
            client.setblocking(False)
            if has_left(client):
                client.close()  # it is gone already
                continue
            selector.register(client, selectors.EVENT_READ, b"")
            continue
        client, owed = key.fileobj, key.data
        try:
            if not owed:
                owed = client.recv(65536)
            if owed:
                owed = owed[client.send(owed) :]
                selector.modify(client, selectors.EVENT_WRITE if owed else selectors.EVENT_READ, owed)
                continue
        except BlockingIOError:
            selector.modify(client, selectors.EVENT_WRITE if owed else selectors.EVENT_READ, owed)
            continue
        except OSError:
            pass  # a reset: this client's own
        selector.unregister(client)
        client.close()
