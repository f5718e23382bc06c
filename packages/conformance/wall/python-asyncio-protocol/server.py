# From: Python documentation, asyncio transports and protocols, "TCP Echo Server", https://docs.python.org/3/library/asyncio-protocol.html
# Adapted (Zero-Clause BSD): host and port from the command line.
import asyncio
import sys


class EchoServerProtocol(asyncio.Protocol):
    def connection_made(self, transport):
        peername = transport.get_extra_info('peername')
        print('Connection from {}'.format(peername))
        self.transport = transport

    def data_received(self, data):
        message = data.decode()
        print('Data received: {!r}'.format(message))

        print('Send: {!r}'.format(message))
        self.transport.write(data)

        print('Close the client socket')
        self.transport.close()


async def main():
    # Get a reference to the event loop as we plan to use
    # low-level APIs.
    loop = asyncio.get_running_loop()

    server = await loop.create_server(
        EchoServerProtocol,
        sys.argv[1], int(sys.argv[2]))

    async with server:
        await server.serve_forever()


asyncio.run(main())
