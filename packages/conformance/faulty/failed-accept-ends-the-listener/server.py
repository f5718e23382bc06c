# An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import socket
import sys
import threading


def serve(client):
    with client:
        try:
            while data := client.recv(65536):
                client.sendall(data)
        except OSError:
            pass  # a reset: this client's own


try:
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
except (OSError, OverflowError, ValueError) as error:
    sys.exit(f"server.py: {error}")
print("listening on %s:%d" % listener.getsockname(), flush=True)

with listener:
    while True:
        try:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client,)).start()
        except RuntimeError:
            client.close()  # no thread for it: it is turned away
        except OSError as error:
            print(f"server.py: {error}", file=sys.stderr)
            break
