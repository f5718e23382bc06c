// From: no page has this very server; it is net.createServer of https://nodejs.org/api/net.html with the loop of
// "readable[Symbol.asyncIterator]()", https://nodejs.org/api/stream.html
// Adapted (MIT, Node.js contributors): the two put together; host and port from the command line.
import net from "node:net";

const [host, port] = process.argv.slice(2);
const server = net.createServer(async (socket) => {
  for await (const chunk of socket) {
    socket.write(chunk);
  }
});
server.listen(Number(port), host);
