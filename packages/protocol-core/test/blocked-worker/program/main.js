// A server whose second thread is blocked in recv when its main thread fails: `process.exit` would wait for it, for ever.
import { readdirSync, readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { Socket } from "../../../../posix-sockets/dist/index.js";
import { run, UsageError } from "../../../dist/index.js";

run(async ({ host, port, backlog, own }, listening) => {
  const listener = Socket.listen({ host, port, backlog });
  const peer = Socket.connect(listener.address());
  const client = listener.accept();
  const fd = client.detach();
  new Worker(new URL("./worker.js", import.meta.url), { workerData: fd, trackUnmanagedFds: false });
  while (!isAnyThreadIn(`0x${fd.toString(16)}`)) await new Promise((resolve) => setTimeout(resolve, 5));
  listening(peer.address());
  if (own.ends === "by-rejecting") throw new Error("rejected beside a blocked thread");
  if (own.ends === "by-usage") throw new UsageError("wrong usage beside a blocked thread");
  setTimeout(() => {
    throw new Error("thrown beside a blocked thread");
  });
});

/** True when a thread sleeps in a system call whose first argument is this (proc(5), /proc/PID/task/TID/syscall). */
function isAnyThreadIn(firstArgument) {
  return readdirSync("/proc/self/task").some((thread) => {
    const [number, argument] = readFileSync(`/proc/self/task/${thread}/syscall`, "utf8").split(" ");
    return /^\d+$/.test(number) && argument === firstArgument;
  });
}
