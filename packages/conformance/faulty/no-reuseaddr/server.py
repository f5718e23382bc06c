# The mistake: SO_REUSEADDR is not set before bind, and nobody notices, as long as no client is connected when it ends.
# Found by case 43: with connections in TIME_WAIT it cannot have its own port again.
import socket
import sys
import threading
import time


def serve(client):
    with client:
        try:
            while data := client.recv(65536):
                client.sendall(data)
        except OSError:
            pass  # a reset: this client's own


try:
    listener = socket.socket()
    listener.bind((sys.argv[1], int(sys.argv[2])))
    listener.listen()
except (OSError, OverflowError, ValueError) as error:
    sys.exit(f"server.py: {error}")
print("listening on %s:%d" % listener.getsockname(), flush=True)

while True:
    try:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()
    except RuntimeError:
        client.close()  # no thread for it: it is turned away
    except OSError:
        time.sleep(0.1)  # no descriptor for it: it waits
