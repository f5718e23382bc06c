// From: the example with which tutorials on the net module begin: answer each data event.
// Adapted (retold, nothing copied but the calls): host and port from the command line.
import net from "node:net";

const [host, port] = process.argv.slice(2);
const server = net.createServer((socket) => {
  socket.on("data", (data) => {
    socket.write(data);
  });
});
server.listen(Number(port), host);
