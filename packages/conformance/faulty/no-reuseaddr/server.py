# The mistake: SO_REUSEADDR is not set, which is what this module does unless it is told otherwise.
# Found by case 43: with connections in TIME_WAIT it cannot have its own port again.
import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 128
    daemon_threads = True


try:
    server = Server((sys.argv[1], int(sys.argv[2])), Echo)
except (OSError, OverflowError, ValueError) as error:
    sys.exit(f"server.py: {error}")
print("listening on %s:%d" % server.server_address, flush=True)
server.serve_forever()
