// From: Node.js documentation, dgram, the example at the top, https://nodejs.org/api/dgram.html
// Adapted (MIT, Node.js contributors): host and port from the command line; the line with send, so that it is an echo.
import dgram from "node:dgram";

const [host, port] = process.argv.slice(2);
const server = dgram.createSocket("udp4");

server.on("error", (err) => {
  console.error(`server error:\n${err.stack}`);
  server.close();
});

server.on("message", (msg, rinfo) => {
  console.log(`server got: ${msg} from ${rinfo.address}:${rinfo.port}`);
  server.send(msg, rinfo.port, rinfo.address);
});

server.on("listening", () => {
  const address = server.address();
  console.log(`server listening ${address.address}:${address.port}`);
});

server.bind(Number(port), host);
