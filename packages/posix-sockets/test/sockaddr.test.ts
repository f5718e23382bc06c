import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeAddress, encodeAddress } from "../src/sockaddr.ts";

const port = fc.integer({ min: 0, max: 65_535 });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("struct sockaddr", () => {
  test("is the kernel's for IPv4 (ip(7)): family 2, the port and the address in network order", () => {
    expect(hex(encodeAddress({ host: "127.0.0.1", port: 7007 }))).toBe(`02001b5f7f000001${"00".repeat(8)}`);
  });

  test("is the kernel's for IPv6 (ipv6(7)): family 10, the address behind the flow label", () => {
    expect(hex(encodeAddress({ host: "::1", port: 7007 }))).toBe(
      `0a001b5f00000000${"00".repeat(15)}01${"00".repeat(4)}`,
    );
  });

  test("gives an IPv4 address and its port back", () => {
    fc.assert(
      fc.property(fc.record({ host: fc.ipV4(), port }), (address) => {
        expect(decodeAddress(encodeAddress(address))).toEqual(address);
      }),
    );
  });

  test("gives an IPv6 address and its port back, in its shortest form", () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, port, (numbers, ofPort) => {
        const host = numbers.map((group) => group.toString(16)).join(":");
        const decoded = decodeAddress(encodeAddress({ host, port: ofPort }));
        expect(decoded.port).toBe(ofPort);
        expect(decoded.host.length).toBeLessThanOrEqual(host.length);
        expect(hex(encodeAddress(decoded))).toBe(hex(encodeAddress({ host, port: ofPort })));
      }),
    );
  });

  test.each([-1, 65_536, 1.5, Number.NaN])("is none with the port %s", (port) => {
    expect(() => encodeAddress({ host: "127.0.0.1", port })).toThrow(RangeError);
  });

  test.each(["::", "::1", "fe80::1", "2001:db8::8:800:200c:417a", "1:2:3:4:5:6:7:8"])("prints %s as it is", (host) => {
    expect(decodeAddress(encodeAddress({ host, port: 1 })).host).toBe(host);
  });

  test("is found inside larger memory, wherever that begins", () => {
    const memory = new Uint8Array(64);
    memory.set(encodeAddress({ host: "::1", port: 7007 }), 20);
    expect(decodeAddress(memory.subarray(20))).toEqual({ host: "::1", port: 7007 });
  });

  test.each(["localhost", "", "1.2.3", "256.0.0.1", ":::1", "fe80::1%lo"])("is not made of %j", (host) => {
    expect(() => encodeAddress({ host, port: 1 })).toThrow(`"${host}" is not an IP address`);
  });
});
