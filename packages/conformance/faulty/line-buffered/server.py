# The mistake: it reads lines. Bytes without a newline wait for one.
# Found by case 3: "abc" without a newline must come back.
import socketserver
import sys


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)


class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 128
    allow_reuse_address = True
    daemon_threads = True


try:
    server = Server((sys.argv[1], int(sys.argv[2])), Echo)
except (OSError, OverflowError, ValueError) as error:
    sys.exit(f"server.py: {error}")
print("listening on %s:%d" % server.server_address, flush=True)
server.serve_forever()
