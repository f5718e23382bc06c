import { afterEach, describe, expect, test } from "vitest";
import { isExhaustion, isOneConnectionsFailure, SocketError, WouldBlockError } from "../src/errors.ts";
import * as libc from "../src/libc.ts";
import { AF_INET, encodeAddress } from "../src/sockaddr.ts";
import { Socket } from "../src/socket.ts";

const open: Socket[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});
const kept = (each: Socket) => {
  open.push(each);
  return each;
};
const listen = () => kept(Socket.listen({ host: "127.0.0.1", port: 0, backlog: 8 }));
const one = new Uint8Array(1);

describe("WouldBlockError", () => {
  test("is one frozen error, the same for accept, recv and send, with code EAGAIN", () => {
    const listener = listen();
    const socket = kept(Socket.connect(listener.address()));
    const accepted = kept(listener.accept());
    listener.setBlocking(false);
    socket.setBlocking(false);
    expect(thrownBy(() => listener.accept())).toBe(WouldBlockError);
    expect(thrownBy(() => socket.recv(one))).toBe(WouldBlockError);
    const much = new Uint8Array(1024 * 1024);
    expect(
      thrownBy(() => {
        for (;;) socket.send(much);
      }),
    ).toBe(WouldBlockError); // nobody reads
    expect(accepted.fd).toBeGreaterThan(0);
    expect(Object.isFrozen(WouldBlockError)).toBe(true);
    expect(WouldBlockError).toMatchObject({ name: "WouldBlockError", code: "EAGAIN", errno: 11 });
    expect(WouldBlockError).toBeInstanceOf(Error);
    expect(WouldBlockError).not.toBeInstanceOf(SocketError);
  });

  test("is -1 where tryRecv and trySend ask", () => {
    const socket = kept(Socket.connect(listen().address()));
    socket.setBlocking(false);
    expect(socket.tryRecv(one)).toBe(-1);
    const much = new Uint8Array(1024 * 1024);
    while (socket.trySend(much, 0, much.length) !== -1);
    expect(socket.trySend(one, 0, 1)).toBe(-1);
  });
});

describe("SocketError", () => {
  test("says EADDRINUSE, and where, when the port is taken", () => {
    const { host, port } = listen().address();
    expect(thrownBy(() => Socket.listen({ host, port, backlog: 1 }))).toMatchObject({
      name: "SocketError",
      code: "EADDRINUSE",
      errno: 98,
      syscall: "bind",
      message: `bind EADDRINUSE: address already in use ${host}:${port}`,
    });
  });

  test("says ECONNREFUSED, and where, when nobody listens", () => {
    const address = boundButDeaf().address();
    expect(thrownBy(() => Socket.connect(address))).toMatchObject({
      code: "ECONNREFUSED",
      errno: 111,
      syscall: "connect",
      message: expect.stringContaining(`${address.host}:${address.port}`),
    });
  });

  test("says ECONNRESET in recv after the peer's RST, and then EPIPE in send, without SIGPIPE", () => {
    const listener = listen();
    const socket = kept(Socket.connect(listener.address()));
    const peer = kept(listener.accept());
    peer.setResetOnClose();
    peer.close();
    expect(thrownBy(() => socket.recv(one))).toMatchObject({ code: "ECONNRESET", errno: 104, syscall: "recv" });
    expect(thrownBy(() => socket.send(one))).toMatchObject({ code: "EPIPE", errno: 32, syscall: "send" });
  });

  test("says ENOTCONN where there is no connection", () => {
    expect(thrownBy(() => listen().recv(one))).toMatchObject({ code: "ENOTCONN", syscall: "recv" });
  });

  test("says EBADF on a socket that is closed", () => {
    const socket = kept(Socket.connect(listen().address()));
    socket.close();
    expect(thrownBy(() => socket.recv(one))).toMatchObject({ code: "EBADF", errno: 9, syscall: "recv" });
    expect(thrownBy(() => socket.send(one))).toMatchObject({ code: "EBADF", syscall: "send" });
    expect(thrownBy(() => socket.setBlocking(false))).toMatchObject({ code: "EBADF", syscall: "fcntl" });
    expect(thrownBy(() => socket.shutdown("both"))).toMatchObject({ code: "EBADF", syscall: "shutdown" });
    expect(thrownBy(() => socket.address())).toMatchObject({ code: "EBADF", syscall: "getsockname" });
  });

  test("says EBADF for a number that is no descriptor", () => {
    expect(thrownBy(() => Socket.fromFd(2 ** 30))).toMatchObject({ code: "EBADF", syscall: "getsockopt" });
  });

  test("keeps a number that has no name", () => {
    expect(new SocketError("recv", 4000)).toMatchObject({ code: "E4000", errno: 4000 });
  });

  test.each(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"])("is exhaustion at %s, and concerns the listener", (code) => {
    const errno = { EMFILE: 24, ENFILE: 23, ENOBUFS: 105, ENOMEM: 12 }[code]!;
    expect(new SocketError("accept", errno)).toMatchObject({ code, isExhaustion: true });
    expect(isExhaustion(errno)).toBe(true);
    expect(isOneConnectionsFailure(errno)).toBe(false);
  });

  // accept(2), "Error handling", and the numbers of asm-generic/errno.h.
  const ofOneConnection = {
    EPERM: 1,
    EINTR: 4,
    ENONET: 64,
    EPROTO: 71,
    ENOPROTOOPT: 92,
    EOPNOTSUPP: 95,
    ENETDOWN: 100,
    ENETUNREACH: 101,
    ECONNABORTED: 103,
    EHOSTDOWN: 112,
    EHOSTUNREACH: 113,
  };

  test.each(Object.entries(ofOneConnection))("is one connection's at %s, and no exhaustion", (_, errno) => {
    expect(isOneConnectionsFailure(errno)).toBe(true);
    expect(isExhaustion(errno)).toBe(false);
  });

  test.each(Object.entries({ EBADF: 9, EFAULT: 14, EINVAL: 22, ENOTSOCK: 88 }))(
    "is the listener's own at %s: a mistake",
    (_, errno) => {
      expect(isOneConnectionsFailure(errno)).toBe(false);
      expect(isExhaustion(errno)).toBe(false);
    },
  );
});

/** A socket that holds its port and does not listen: whoever connects there is refused. */
function boundButDeaf(): Socket {
  const address = encodeAddress({ host: "127.0.0.1", port: 0 });
  const SOCK_STREAM_CLOEXEC = 0o2000001;
  const socket = kept(Socket.fromFd(libc.socket(AF_INET, SOCK_STREAM_CLOEXEC, 0)));
  expect(libc.bind(socket.fd, address, address.length)).toBe(0);
  return socket;
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return expect.unreachable("nothing was thrown");
}
