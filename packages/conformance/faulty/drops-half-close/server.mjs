// An exercise: what is wrong here, and which case finds it? README.md has the answer, behind a fold.
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

const MOST = 1024 * 1024; // bytes of one client that are under way

const [host, port] = process.argv.slice(2);
const server = createServer((client) => {
  let owed = 0;
  client.on("error", () => client.destroy());
  client.on("data", async (data) => {
    owed += data.length;
    if (owed > MOST) client.pause();
    await setTimeout(15); // a look-up, a log entry: anything that takes a moment
    client.write(data, () => {
      owed -= data.length;
      client.resume();
    });
  });
});
process.on("uncaughtException", (error) => {
  console.error(String(error));
  process.exit(1);
});
server.listen({ host, port: Number(port) }, () => console.log(`listening on ${host}:${server.address().port}`));
