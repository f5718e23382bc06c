// From: Node.js documentation, net.createServer, "an example of a TCP echo server", https://nodejs.org/api/net.html
// Adapted (MIT, Node.js contributors): host and port from the command line; its greeting, c.write('hello\r\n'), left out.
import net from "node:net";

const [host, port] = process.argv.slice(2);
const server = net.createServer((c) => {
  // 'connection' listener.
  console.log("client connected");
  c.on("end", () => {
    console.log("client disconnected");
  });
  c.pipe(c);
});
server.on("error", (err) => {
  throw err;
});
server.listen(Number(port), host, () => {
  console.log("server bound");
});
