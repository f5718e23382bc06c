# An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import socket
import struct
import sys
import threading
import time

PATIENCE = struct.pack("ll", 0, 100_000)  # seconds and microseconds, as struct timeval


def serve(client):
    client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, PATIENCE)
    with client:
        try:
            while data := client.recv(65536):
                client.sendall(data)
        except OSError:
            pass  # a reset, or nobody who reads


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
