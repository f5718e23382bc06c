# An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import selectors
import socket
import sys


def leave(client):
    selector.unregister(client)
    client.close()
    if listener not in selector.get_map():
        selector.register(listener, selectors.EVENT_READ)  # there is a descriptor again


selector = selectors.DefaultSelector()
try:
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
except (OSError, OverflowError, ValueError) as error:
    sys.exit(f"server.py: {error}")
listener.setblocking(False)
selector.register(listener, selectors.EVENT_READ)
print("listening on %s:%d" % listener.getsockname(), flush=True)

while True:
    for client in [key.fileobj for key, _ in selector.select()]:
        try:
            if client is listener:
                selector.register(client.accept()[0], selectors.EVENT_READ)
            elif data := client.recv(65536):
                client.sendall(data)
            else:
                leave(client)
        except BlockingIOError:
            pass  # nobody is there any more
        except OSError:
            selector.unregister(client) if client is listener else leave(client)
