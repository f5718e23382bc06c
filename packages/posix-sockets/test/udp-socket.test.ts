import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WouldBlockError } from "../src/errors.ts";
import { PeerAddress, UdpSocket } from "../src/udp-socket.ts";

describe.each(["127.0.0.1", "::1"])("UdpSocket at %s", { timeout: 180_000 }, (host) => {
  let one: UdpSocket;
  let other: UdpSocket;
  beforeEach(() => {
    one = UdpSocket.bound({ host, port: 0 });
    other = UdpSocket.bound({ host, port: 0 });
  });
  afterEach(() => {
    one.close();
    other.close();
  });
  const to = (socket: UdpSocket) => PeerAddress.of(socket.address());

  test.each([0, 1, 1472, 65_507])("carries a datagram of %i bytes whole, and says whose it is", (length) => {
    const bytes = Buffer.alloc(length, "echo");
    one.sendTo(bytes, length, to(other));
    const [buffer, peer] = [Buffer.alloc(65_535), new PeerAddress()];
    expect(other.recvFrom(buffer, peer)).toBe(length);
    expect(buffer.subarray(0, length).equals(bytes)).toBe(true);
    expect({ host: peer.host, port: peer.port }).toEqual(one.address());
  });

  test("answers to where it was asked from", () => {
    const [buffer, peer] = [Buffer.alloc(16), new PeerAddress()];
    one.sendTo(Buffer.from("ask"), 3, to(other));
    other.sendTo(buffer, other.recvFrom(buffer, peer), peer);
    expect(one.recvFrom(buffer, peer)).toBe(3);
    expect({ host: peer.host, port: peer.port }).toEqual(other.address());
  });

  test("keeps datagrams apart, and cuts off what does not fit", () => {
    for (const text of ["first", "second"]) one.sendTo(Buffer.from(text), text.length, to(other));
    const [buffer, peer] = [Buffer.alloc(4), new PeerAddress()];
    expect(other.recvFrom(buffer, peer)).toBe(4);
    expect(buffer.toString()).toBe("firs");
    expect(other.recvFrom(buffer, peer)).toBe(4);
    expect(buffer.toString()).toBe("seco");
  });

  test("never sends what stands behind its bytes", () => {
    expect(() => one.sendTo(Buffer.from("ab"), 50, to(other))).toThrow("bytes 0 to 50 are asked for, of 2");
  });

  test("never waits when it is not to", () => {
    one.setBlocking(false);
    const peer = new PeerAddress();
    expect(one.tryRecvFrom(Buffer.alloc(1), peer)).toBe(-1);
    expect(() => one.recvFrom(Buffer.alloc(1), peer)).toThrow(WouldBlockError);
  });

  test("says what the kernel says of a port that is taken, and of a datagram that is too long", () => {
    expect(() => UdpSocket.bound(one.address())).toThrow(
      expect.objectContaining({ code: "EADDRINUSE", syscall: "bind" }),
    );
    const tooLong = () => one.sendTo(Buffer.alloc(70_000), 70_000, to(other));
    expect(tooLong).toThrow(expect.objectContaining({ code: "EMSGSIZE", syscall: "sendto" }));
  });
});
