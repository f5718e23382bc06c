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
    for key, _ in selector.select():
        if key.fileobj is listener:
            try:
                client, _ = listener.accept()
            except OSError:
                time.sleep(0.1)  # no descriptor for it: it waits
                continue
            client.setblocking(False)
            selector.register(client, selectors.EVENT_READ)
            continue
        client = key.fileobj
        try:
            data = client.recv(65536)
            if data:
                client.send(data)
                continue
        except BlockingIOError:
            continue
        except OSError:
            pass
        selector.unregister(client)
        client.close()
