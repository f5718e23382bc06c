import { checkWhole, describe } from "./checks.ts";
import { inet_pton } from "./libc.ts";

export const AF_INET = 2;
export const AF_INET6 = 10;

/** An IP address in text and a port, 0 to 65535. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * `struct sockaddr_in` (ip(7), 16 bytes) or `sockaddr_in6` (ipv6(7), 28 bytes): the same on x64 and arm64.
 * @throws RangeError for a port that is none, TypeError for a host that is no IP address
 */
export function encodeAddress({ host, port }: SocketAddress): Uint8Array {
  checkWhole("a port", port, 0, 65_535);
  // A C string ends at its first NUL: "127.0.0.1\0.example" would be 127.0.0.1.
  if (typeof host !== "string" || host.includes("\0"))
    throw new TypeError(`a host is the text of an IP address, not ${describe(host)}`);
  const family = host.includes(":") ? AF_INET6 : AF_INET;
  const bytes = new Uint8Array(family === AF_INET6 ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port, false);
  if (inet_pton(family, host, bytes.subarray(family === AF_INET6 ? 8 : 4)) !== 1) {
    throw new TypeError(`${describe(host)} is not an IP address; names are resolved before they come here`);
  }
  return bytes;
}

/** @throws TypeError where no IP address stands there: a socket of another family, a PeerAddress that is not filled in */
export function decodeAddress(bytes: Uint8Array): SocketAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const port = view.getUint16(2, false);
  const family = view.getUint16(0, true);
  if (family !== AF_INET && family !== AF_INET6) throw new TypeError(`no IP address: of address family ${family}`);
  if (family === AF_INET) return { host: bytes.subarray(4, 8).join("."), port };
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i, false).toString(16));
  // The shortest form, as inet_ntop(3) and the URL standard print it.
  return { host: new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1), port };
}
