// What a system call costs on this machine: node prices.js prints nanoseconds of CPU by name, as JSON. Started on the
// server's processor. Each is measured through the same foreign-function interface that our servers use, which is
// about 0.2 µs of it.
import { readdirSync, readFileSync, writeSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { EPOLLIN, EPOLLOUT, Epoll, exitNow, Socket } from "@echolab/posix-sockets";
import { echo } from "@echolab/protocol-core";
import { Bench } from "tinybench";

const BATCH = 100;
const ROUND_TRIPS = 5000;

if (isMainThread) {
  const prices = await calls();
  prices["wake-up"] = Math.max(0, wakeUp() - prices["recv"]! - prices["send"]!);
  writeSync(1, `${JSON.stringify(prices)}\n`);
  exitNow(0);
} else {
  echo(Socket.fromFd(workerData as number));
}

/** A connected pair over loopback. */
function pair(): [Socket, Socket] {
  const listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 1 });
  const near = Socket.connect(listener.address());
  const far = listener.accept();
  listener.close();
  return [near, far];
}

async function calls(): Promise<Record<string, number>> {
  const [near, far] = pair();
  const listener = Socket.listen({ host: "127.0.0.1", port: 0, backlog: 1 });
  for (const socket of [near, far, listener]) socket.setBlocking(false);
  const message = new Uint8Array(64);
  const drain = () => {
    while (far.tryRecv(message) > 0);
  };
  const fill = () => {
    for (let i = 0; i < BATCH; i += 1) near.trySend(message, 0, message.length);
  };
  const epoll = new Epoll();
  epoll.add(near.fd, EPOLLOUT); // it always has room: one is ready
  const bench = new Bench({ time: 200, warmupTime: 50 });
  const batch = (call: () => unknown) => () => {
    for (let i = 0; i < BATCH; i += 1) call();
  };
  bench.add("send", fill, { afterEach: drain });
  bench.add(
    "recv",
    batch(() => far.tryRecv(message)),
    { beforeEach: fill },
  );
  bench.add(
    "recv, nothing there",
    batch(() => far.tryRecv(message)),
  );
  bench.add(
    "accept, nobody there",
    batch(() => {
      try {
        listener.accept();
      } catch {}
    }),
  ); // EAGAIN is the answer
  bench.add(
    "epoll_wait",
    batch(() => epoll.wait(0)),
  );
  bench.add(
    "epoll_ctl",
    batch(() => epoll.modify(near.fd, EPOLLOUT | EPOLLIN)),
  );
  bench.add(
    "other",
    batch(() => near.setNoDelay(true)),
  );
  await bench.run();
  return Object.fromEntries(
    bench.tasks.map(({ name, result }) => [
      name,
      ("latency" in result ? result.latency.p50 / BATCH : Number.NaN) * 1e6,
    ]),
  );
}

/** CPU time, in nanoseconds, of a thread that sleeps in recv, wakes, and answers. */
function wakeUp(): number {
  const [near, far] = pair();
  const before = new Set(readdirSync("/proc/self/task"));
  new Worker(new URL(import.meta.url), { workerData: far.detach(), trackUnmanagedFds: false });
  const message = new Uint8Array(64);
  const roundTrips = (count: number) => {
    for (let i = 0; i < count; i += 1) {
      near.sendAll(message);
      near.recv(message);
    }
  };
  roundTrips(1000);
  const thread = busiest(readdirSync("/proc/self/task").filter((task) => !before.has(task)));
  const start = cpuOf(thread);
  roundTrips(ROUND_TRIPS);
  return (cpuOf(thread) - start) / ROUND_TRIPS;
}

function cpuOf(task: string): number {
  return Number(readFileSync(`/proc/self/task/${task}/schedstat`, "utf8").split(" ")[0]);
}

function busiest(tasks: readonly string[]): string {
  return [...tasks].sort((a, b) => cpuOf(b) - cpuOf(a))[0]!;
}
