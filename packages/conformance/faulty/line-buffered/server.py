# An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import socket
import sys
import threading
import time


def serve(client):
    with client, client.makefile("rb") as incoming:
        try:
            for line in incoming:
                client.sendall(line)
        except OSError:
            pass  # a reset: this client's own


try:
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
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
