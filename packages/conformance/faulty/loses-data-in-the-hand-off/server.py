# An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import select
import socket
import sys
import threading
import time


def has_left(client):
    poll = select.poll()
    poll.register(client, select.POLLRDHUP)
    return bool(poll.poll(0))


def serve(client):
    time.sleep(0.05)  # the hand-off: a queue, a look-up, anything that takes a moment
    with client:
        if has_left(client):
            return  # nobody is there to be served
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

while True:
    try:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()
    except RuntimeError:
        client.close()  # no thread for it: it is turned away
    except OSError:
        time.sleep(0.1)  # no descriptor for it: it waits
