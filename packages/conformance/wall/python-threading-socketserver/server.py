# From: Python documentation, socketserver, "Asynchronous Mixins", https://docs.python.org/3.11/library/socketserver.html
# Adapted (Zero-Clause BSD): host and port from the command line; an echo, so bytes, without the thread's name in front;
# the example's own client is left out, and the server waits for others instead.
import socketserver
import sys
import threading


class ThreadedTCPRequestHandler(socketserver.BaseRequestHandler):

    def handle(self):
        data = self.request.recv(1024)
        self.request.sendall(data)


class ThreadedTCPServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    pass


if __name__ == "__main__":
    HOST, PORT = sys.argv[1], int(sys.argv[2])

    server = ThreadedTCPServer((HOST, PORT), ThreadedTCPRequestHandler)
    with server:
        # Start a thread with the server -- that thread will then start one
        # more thread for each request
        server_thread = threading.Thread(target=server.serve_forever)
        # Exit the server thread when the main thread terminates
        server_thread.daemon = True
        server_thread.start()
        print("Server loop running in thread:", server_thread.name)
        server_thread.join()
