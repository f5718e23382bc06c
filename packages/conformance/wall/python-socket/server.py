# From: Python documentation, socket, Example, "Echo server program", https://docs.python.org/3.11/library/socket.html#example
# Adapted (Zero-Clause BSD): host and port from the command line.
# Echo server program
import socket
import sys

HOST = sys.argv[1]
PORT = int(sys.argv[2])
with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as s:
    s.bind((HOST, PORT))
    s.listen(1)
    conn, addr = s.accept()
    with conn:
        print('Connected by', addr)
        while True:
            data = conn.recv(1024)
            if not data: break
            conn.sendall(data)
