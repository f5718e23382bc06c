# asyncio: a coroutine per client, which awaits; one thread waits for all of them in the selector of the event loop.
# Mechanism: asyncio's streams; drain() makes the coroutine wait while its client does not read.
# Cost: futures, callbacks and an interpreter for every message; whoever computes makes everybody wait.
import asyncio
import sys


async def echo(reader, writer):
    try:
        while chunk := await reader.read(64 * 1024):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass  # a reset: this client's own
    finally:
        writer.close()  # at the client's FIN; what is still owed is sent first


async def serve(host, port):
    # Reuse of the address and no delay are asyncio's defaults.
    server = await asyncio.start_server(echo, host, port, backlog=4096)
    host, port = server.sockets[0].getsockname()
    print(f"listening on {host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: server.py HOST PORT")
    try:
        host, port = sys.argv[1], int(sys.argv[2])
        if not 0 <= port <= 65535:
            raise ValueError(f"PORT is 0 to 65535, not {port}")
        asyncio.run(serve(host, port))
    except (OSError, ValueError) as error:
        sys.exit(f"server.py: {error}")
