// From: Bun documentation, TCP, "Start a server (Bun.listen())", https://bun.sh/docs/api/tcp
// Adapted (MIT, Bun): host and port from the command line; the data handler, empty there, writes what came.
// biome-ignore-all lint/correctness/noUnusedFunctionParameters: the documentation names them all
const [hostname, port] = process.argv.slice(2);

Bun.listen({
  hostname,
  port: Number(port),
  socket: {
    data(socket, data) {
      socket.write(data);
    }, // message received from client
    open(socket) {}, // socket opened
    close(socket, error) {}, // socket closed
    drain(socket) {}, // socket ready for more data
    error(socket, error) {}, // error handler
  },
});
