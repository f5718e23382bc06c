# From: Python documentation, socketserver, "socketserver.TCPServer Example", https://docs.python.org/3.11/library/socketserver.html
# Adapted (Zero-Clause BSD): host and port from the command line; an echo, so neither strip() nor upper().
import socketserver
import sys


class MyTCPHandler(socketserver.BaseRequestHandler):
    """
    The request handler class for our server.

    It is instantiated once per connection to the server, and must
    override the handle() method to implement communication to the
    client.
    """

    def handle(self):
        # self.request is the TCP socket connected to the client
        self.data = self.request.recv(1024)
        print("{} wrote:".format(self.client_address[0]))
        print(self.data)
        # just send back the same data
        self.request.sendall(self.data)


if __name__ == "__main__":
    HOST, PORT = sys.argv[1], int(sys.argv[2])

    # Create the server, binding to HOST on PORT
    with socketserver.TCPServer((HOST, PORT), MyTCPHandler) as server:
        # Activate the server; this will keep running until you
        # interrupt the program with Ctrl-C
        server.serve_forever()
