// Waiting for many, what is closed, datagrams, and the rest of what is exported: arguments as in socket-calls.js.
import { closeSync } from "node:fs";
import * as posix from "../dist/index.js";
import { makeBytes } from "./bytes.js";
import { SENT } from "./values.js";
import { listener } from "./world.js";

const { EPOLLIN, Epoll, FdSet, IoUring, PeerAddress, PollFds, Socket, UdpSocket } = posix;

/** On objects that are closed: each throws EBADF, whatever its arguments are. */
export function closedCalls(v, s) {
  const epoll = new Epoll();
  epoll.close();
  const ring = isRefused() ? undefined : new IoUring();
  ring?.close();
  const methods = [
    "send",
    "trySend",
    "sendAll",
    "sendUrgent",
    "recv",
    "tryRecv",
    "setBlocking",
    "setNoDelay",
    "shutdown",
    "address",
    "pendingError",
    "setResetOnClose",
    "accept",
    "tryAccept",
    "detach",
  ];
  const ringMethods = [
    "recv",
    "recvMultishot",
    "accept",
    "poll",
    "closeFd",
    "timeout",
    "send",
    "give",
    "addBuffer",
    "takeBuffer",
    "kind",
    "fd",
    "result",
    "buffer",
    "more",
    "enter",
  ];
  return {
    closedSocket: (make) =>
      expectClosed(make) && v.of(s.closed)[v.of(methods)](v.of([new Uint8Array(4), "x", undefined]), 0, 4),
    closedEpoll: (make) =>
      expectClosed(make) &&
      epoll[v.of(["add", "modify", "delete", "wait", "fd", "events"])](v.of([0, 1, 5, Number.NaN]), EPOLLIN),
    ...(ring && {
      closedRing: (make) => expectClosed(make) && ring[v.of(ringMethods)](v.of([0, 5, "x", -1]), 0, 0, 0),
    }),
  };
}

function expectClosed(make) {
  make.expects = "EBADF";
  return true;
}

export function isRefused() {
  try {
    new IoUring().close();
    return false;
  } catch (error) {
    if (error instanceof posix.UnavailableError) return true;
    throw error;
  }
}

export function waitingCalls(v, s) {
  const anyFd = () => v.of(v.of(s.connections).ends).fd;
  return {
    epollNew: (make) =>
      new Epoll(
        make(v.below(2) ? 1 : v.wrong([0, -1, Number.NaN, "8", 2 ** 21, 2 ** 31, 2 ** 32 + 1, null, 1.5])),
      ).close(),
    epollAdd: (make) =>
      s.epoll[v.of(["add", "modify"])](
        make(v.descriptor(anyFd())),
        make(v.whole(v.of([0, EPOLLIN, posix.EPOLLOUT | posix.EPOLLET].map((each) => each >>> 0)))),
      ),
    epollDelete: (make) => s.epoll.delete(make(v.descriptor(anyFd()))),
    epollWait: (make) => {
      s.found = s.epoll.wait(make(v.timeout()));
    },
    epollAnswer: (make) => s.epoll[v.of(["fd", "events"])](make(v.index(s.found))),
    setAdd: (make) => v.of(s.sets).add(make(v.descriptor(anyFd()))),
    setRemove: (make) => v.of(s.sets).remove(make(v.descriptor(anyFd()))),
    setHas: () => v.of(s.sets).has(v.of([anyFd(), Number.NaN, "999", 1e9, -1, null])),
    select: (make) => {
      const sets = s.sets;
      s.sets = [new FdSet(), new FdSet()];
      return posix.select(...sets, make(v.timeout()));
    },
    push: (make) => s.fds.length < 200 && s.fds.push(make(v.descriptor(anyFd())), make(v.whole(posix.POLLIN))),
    place: (make) => s.fds[v.of(["fd", "events", "revents", "remove"])](make(v.index(s.fds.length))),
    setEvents: (make) => s.fds.setEvents(make(v.index(s.fds.length)), make(v.whole(posix.POLLOUT))),
    poll: (make) => posix.poll(s.fds, make(v.timeout())),
    notTheirs: (make) => {
      const thing = make(
        v.wrong([
          {},
          null,
          undefined,
          new Uint8Array(128),
          { end: 1e6, memory: new Int32Array(1) },
          Object.create(FdSet.prototype),
          Object.create(PollFds.prototype),
        ]),
      );
      return v.below(2) ? posix.poll(thing, 0) : posix.select(thing, thing, 0);
    },
    liars: () => {
      class Liar extends PollFds {
        get length() {
          return 1e6;
        }
      }
      class LiarSet extends FdSet {
        get end() {
          return 1e6;
        }
      }
      return [posix.poll(new Liar(), 0), posix.select(new LiarSet(), new LiarSet(), 0)];
    },
  };
}

export function otherCalls(v, s) {
  return {
    udpBound: (make) => UdpSocket.bound({ host: make(v.host()), port: make(v.port(0)) }).close(),
    sendTo: (make) => {
      const bytes = makeBytes(v, SENT);
      make.buffers.push(bytes);
      const length = v.below(2) ? v.below(bytes.length + 1) : v.range(bytes.length)[1];
      return s.udp[1].sendTo(
        make(bytes.value),
        make(length),
        make(
          v.below(8)
            ? s.peers[0]
            : v.wrong([null, {}, new PeerAddress(), s.udp[0].address(), Object.create(PeerAddress.prototype)]),
        ),
      );
    },
    recvFrom: (make) => {
      const bytes = makeBytes(v, 0);
      make.buffers.push(bytes);
      return s.udp[0][v.of(["recvFrom", "tryRecvFrom"])](
        make(bytes.value),
        make(v.below(8) ? s.peers[1] : v.wrong([null, undefined, {}, new Uint8Array(28)])),
      );
    },
    peerOf: (make) => PeerAddress.of({ host: make(v.host()), port: make(v.port(9)) }),
    sleep: (make) =>
      posix.sleep(make(v.below(4) ? 0.01 : v.wrong([Number.NaN, -1, "1", null, undefined, 1n, -Infinity]))),
    exitNow: (make) => posix.exitNow(make(v.wrong([256, -1, Number.NaN, "0", undefined, null, 1.5, 2 ** 32]))),
    cpuTime: (make) =>
      posix.cpuTime(make(v.below(2) ? process.pid : v.wrong([-1, 0, Number.NaN, "1", 2 ** 31, undefined, 1.5]))),
    errors: () => [
      posix.isExhaustion(v.below(200)),
      posix.isNothingYet(v.below(200)),
      new posix.SocketError("recv", v.below(300)).message,
    ],
    descriptors: () => v.below(50) === 0 && posix.descriptorsLeft(),
    fileFd: () => v.below(50) === 0 && closeSync(Socket.duplicateOf(listener.fd).detach()),
  };
}
