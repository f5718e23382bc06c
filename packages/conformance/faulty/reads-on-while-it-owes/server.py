# An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import selectors
import socket
import sys
import time

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
            selector.register(client, selectors.EVENT_READ, (b"", False))
            continue
        client, (owed, has_finished) = key.fileobj, key.data
        try:
            if events & selectors.EVENT_READ:
                data = client.recv(4096)
                owed += data
                has_finished = not data
            owed = owed[client.send(owed) :]
        except BlockingIOError:
            pass  # it takes no more now
        except OSError:
            owed, has_finished = b"", True  # a reset: nothing can be sent any more
        if has_finished and not owed:
            selector.unregister(client)
            client.close()
            continue
        wanted = (0 if has_finished else selectors.EVENT_READ) | (selectors.EVENT_WRITE if owed else 0)
        selector.modify(client, wanted, (owed, has_finished))
