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
            selector.register(client, selectors.EVENT_READ, b"")
            continue
        client, owed, is_over = key.fileobj, key.data, False
        try:
            if events & selectors.EVENT_READ:
                data = client.recv(65536)
                owed += data
                is_over = not data
            owed = owed[client.send(owed) :]
        except BlockingIOError:
            pass  # it takes no more now
        except OSError:
            is_over = True  # a reset
        if is_over:
            selector.unregister(client)
            client.close()
            continue
        selector.modify(client, selectors.EVENT_READ | (selectors.EVENT_WRITE if owed else 0), owed)
