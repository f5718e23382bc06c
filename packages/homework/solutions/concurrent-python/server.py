# Concurrent: the main thread accepts, and each client gets a thread of its own that may sleep.
# Mechanism: a thread for each client, which blocks in its own recv; the scheduler runs whoever has something.
# Cost: a thread per client, in time to start it and in memory to keep it; hence a limit on clients.
import socket
import sys
import threading
import time

CHUNK = 64 * 1024  # bytes received at a time, and so the most that a client is ever owed
places = threading.Semaphore(64)


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
    while True:
        places.acquire()  # at the limit, the next client waits in the backlog
        client = accept_client(listener)
        try:
            threading.Thread(target=client_thread, args=(client,), daemon=True).start()
        except RuntimeError:
            leave(client)  # no thread could be had: this client is turned away, and the server lives on


def accept_client(listener):
    while True:
        try:
            client, _ = listener.accept()  # sleeps until somebody connects
            return client
        except OSError:
            time.sleep(0.1)  # out of descriptors, for one: without a pause this would spin until a client leaves


def client_thread(client):
    try:
        echo(client)  # sleeps whenever this client is silent, and nobody minds
    finally:
        leave(client)


# Receives only when all is sent back: order, bounded memory and half-close follow from that one rule.
def echo(client):
    try:
        while chunk := client.recv(CHUNK):  # nothing at all is the client's FIN
            client.sendall(chunk)
    except OSError:
        pass  # ECONNRESET, EPIPE: this client's own end, and not the server's


def leave(client):
    client.close()
    places.release()


if __name__ == "__main__":
    main()
