# The mistake: it waits for all who may have said something, but sendall waits for the one that does not read.
# Found by case 23: one client offers as much as it can and reads nothing, and nobody else is answered.
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
