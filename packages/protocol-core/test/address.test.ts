import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatAddress, parseReadyLine, readyLine } from "../src/address.ts";

const port = fc.integer({ min: 0, max: 65_535 });

describe("the ready line", () => {
  test.each([
    ["IPv4", fc.ipV4()],
    ["IPv6", fc.ipV6()],
  ])("comes back as the %s address that went into it", (_, host) => {
    fc.assert(
      fc.property(fc.record({ host, port }), (address) => {
        expect(parseReadyLine(readyLine(address))).toEqual(address);
      }),
    );
  });

  test("puts an IPv6 address in brackets, as RFC 3986 does", () => {
    expect(formatAddress({ host: "::1", port: 7007 })).toBe("[::1]:7007");
    expect(readyLine({ host: "127.0.0.1", port: 7007 })).toBe("listening on 127.0.0.1:7007\n");
  });

  test.each([
    "",
    "listening",
    "listening on",
    "listening on 127.0.0.1",
    "listening on 127.0.0.1:",
    "listening on 127.0.0.1:abc",
    "listening on 127.0.0.1:700700",
    "listening on ::1:7007",
    "listening on [::1]",
    "listening on port 7007",
    "Listening on 127.0.0.1:7007",
    "now listening on 127.0.0.1:7007",
    "listening on 127.0.0.1:7007 and more",
  ])("is not: %j", (line) => {
    expect(parseReadyLine(line)).toBeUndefined();
  });
});
