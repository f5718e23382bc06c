# An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import asyncio
import socket
import sys


async def serve(client):
    with client:
        try:
            while data := client.recv(65536):
                client.sendall(data)
        except OSError:
            pass  # a reset: this client's own


async def accept(listener):
    loop = asyncio.get_running_loop()
    tasks = set()
    while True:
        try:
            client, _ = await loop.sock_accept(listener)
        except OSError:
            await asyncio.sleep(0.1)  # no descriptor for it: it waits
            continue
        client.setblocking(True)  # or recv would raise BlockingIOError
        task = loop.create_task(serve(client))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


try:
    listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
except (OSError, OverflowError, ValueError) as error:
    sys.exit(f"server.py: {error}")
listener.setblocking(False)
print("listening on %s:%d" % listener.getsockname(), flush=True)
asyncio.run(accept(listener))
