// The calls of a ring. Its connections are its own: a ring takes numbers of descriptors, and closes none of these.
import * as posix from "../dist/index.js";
import { Find, SENT } from "./values.js";
import { Connection, listener } from "./world.js";

export function ringCalls(v) {
  let ring = new posix.IoUring();
  let connections = [new Connection(), new Connection(), new Connection()];
  let reported = 0;
  let ours = [];
  const sending = []; // at most one: completions say not which of them is done
  let waiting = 0; // what was asked and is not reported

  const mine = () =>
    ours.length > 0 && sending.length === 0 && v.below(4)
      ? v.of(ours)
      : v.wrong([-1, 32_768, 40_000, 20_000, Number.NaN, "0", undefined, null, 1.5]);
  const far = () => v.of(connections).fds[1];
  const side = (fd) => connections.find(({ fds }) => fds[1] === fd);

  function enter(least, timeout) {
    reported = ring.enter(least, timeout);
    for (let i = 0; i < reported; i += 1) {
      const [kind, fd, result, buffer] = [ring.kind(i), ring.fd(i), ring.result(i), ring.buffer(i)];
      if (!ring.more(i)) waiting -= 1;
      if (buffer !== -1) ours.push(buffer);
      if (kind === "recv" && result > 0) {
        const at = buffer * ring.bufferBytes;
        side(fd)?.took(1, result, ring.memory.subarray(at, at + result));
      }
      if (kind === "send") ours.push(sending.pop());
    }
  }
  return {
    ringSend: (make) => {
      const fd = far();
      const buffer = mine();
      const [start, end] = v.range(ring.bufferBytes);
      const [to, from, first, last] = [make(v.descriptor(fd)), make(buffer), make(start), make(end)];
      if (!make.isWrong) {
        ring.memory.fill(SENT, from * ring.bufferBytes, (from + 1) * ring.bufferBytes);
        side(fd).due[0] += last - first;
      }
      ring.send(to, from, first, last);
      ours.splice(ours.indexOf(from), 1);
      sending.push(from);
      waiting += 1;
    },
    ringRecv: (make) => {
      const fd = make(v.descriptor(far()));
      if (waiting > 500) return;
      ring[v.of(["recv", "recvMultishot"])](fd);
      waiting += 1;
    },
    ringFeed: () => {
      const connection = v.of(connections);
      const sent = connection.ends[0].trySend(new Uint8Array(100).fill(SENT), 0, 100);
      if (sent > 0) connection.due[1] += sent;
    },
    ringGive: (make) => {
      const buffer = make(ours.length > 0 ? v.of(ours) : v.wrong([-1, "0", 32_768, Number.NaN]));
      ring.give(buffer);
      ours.splice(ours.indexOf(buffer), 1);
    },
    ringGiveTwice: (make) => {
      if (ours.length === 0) return;
      const buffer = ours.pop();
      ring.give(buffer);
      make(v.wrong([0]));
      v.below(2) ? ring.give(buffer) : ring.send(far(), buffer, 0, 1);
    },
    ringTake: () => ours.length < 50 && ours.push(ring.takeBuffer()),
    ringAdd: () => v.below(20) === 0 && ring.addBuffer(),
    ringPoll: (make) => {
      const [fd, events] = [make(v.descriptor(far())), make(v.whole(posix.POLLIN))];
      if (waiting > 500) return;
      ring.poll(fd, events);
      waiting += 1;
    },
    ringTimeout: (make) => {
      const [fd, time] = [make(v.descriptor(7)), make(v.timeout())];
      if (waiting > 500) return;
      ring.timeout(fd, time);
      waiting += 1;
    },
    ringCloseFd: (make) => {
      const client = v.below(2) ? posix.Socket.connect(listener.address()) : undefined;
      const accepted = client && listener.tryAccept();
      const fd = client
        ? client.fd
        : make(v.wrong([undefined, null, "1", true, Number.NaN, -1, 2 ** 31, 1.5, 2 ** 30]));
      ring.closeFd(fd);
      accepted?.close();
      enter(0, 0);
      if (client && client.fd !== -1) throw new Find("a socket that the ring has closed is open");
    },
    ringAccept: (make) => ring.accept(make(v.wrong([undefined, "5", -1, Number.NaN, 2 ** 31]))),
    ringEnter: (make) => enter(make(v.whole(0)), make(v.given(v.timeout()))),
    ringAnswer: (make) => ring[v.of(["kind", "fd", "result", "buffer", "more"])](make(v.index(reported))),
    ringDrain: () => {
      for (const connection of connections) connection.drain([0]);
    },
    ringReopen: () => {
      if (v.below(30)) return;
      const kept = ring.memory;
      const lie = v.of(["byteLength", "byteOffset", "buffer", "none"]);
      Object.defineProperty(kept, lie, { value: v.of([2 ** 46, -1, 0, undefined]) });
      ring.close();
      for (const connection of connections) connection.close();
      if (kept.length !== 0 || kept[0] !== undefined) throw new Find("the memory of a closed ring can be read");
      ring = new posix.IoUring();
      connections = [new Connection(), new Connection(), new Connection()];
      [reported, ours, waiting, sending.length] = [0, [], 0, 0];
    },
  };
}
