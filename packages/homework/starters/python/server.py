# Your homework: a non-blocking echo server. One thread serves many clients, and no call ever makes it wait.
# Here are the command line, a socket that listens, and the line that says so. The rest is yours.
import socket
import sys
import time


def main():
    serve(open_listener(sys.argv[1:]))


def open_listener(words):
    if len(words) != 2 or not words[1].isdecimal() or int(words[1]) > 65535:
        print("usage: server.py HOST PORT, an IPv4 address and a port from 0 to 65535", file=sys.stderr)
        sys.exit(2)
    try:
        listener = socket.create_server((words[0], int(words[1])), backlog=4096)  # it sets SO_REUSEADDR
    except OSError as error:
        sys.exit(f"server.py: {error}")
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # clients inherit it: small answers leave at once
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    return listener


def serve(listener):
    listener.setblocking(False)  # a client that you accept needs this as well
    while True:
        # TODO: accept whoever is there; then, for each client, recv what it has sent, and send it back.
        # Three questions that you must answer:
        #   1. What if recv returns nothing at all, b""? What must have happened before you close the client?
        #   2. What if send takes less than you gave it? Where does the rest wait, and may you recv more meanwhile?
        #   3. What if accept, recv or send would block? Then it raises BlockingIOError. That is not an error, but
        #      ConnectionResetError and BrokenPipeError are: what is to be done about each?
        time.sleep(0.001)  # only if nothing has happened in the whole round


if __name__ == "__main__":
    main()
