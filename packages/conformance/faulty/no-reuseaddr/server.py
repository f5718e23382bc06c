# The mistake: SO_REUSEADDR is not set, which is what this module does unless it is told otherwise.
# Found by case 43: with connections in TIME_WAIT it cannot have its own port again.
import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


with Server((sys.argv[1], int(sys.argv[2])), Echo) as server:
    print("listening on %s:%d" % server.server_address, flush=True)
    server.serve_forever()
