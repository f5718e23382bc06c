// From: Deno documentation, examples, "TCP Echo Server", https://docs.deno.com/examples/tcp_echo_server
// Adapted (MIT, the Deno authors): host and port from the command line, and in the line that it prints.
const [hostname, port] = Deno.args;
const listener = Deno.listen({ hostname, port: Number(port) });
console.log(`listening on ${listener.addr.hostname}:${listener.addr.port}`);
for await (const conn of listener) {
  conn.readable.pipeTo(conn.writable);
}
