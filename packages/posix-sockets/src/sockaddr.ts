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
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`a port is a whole number from 0 to 65535, not ${port}`);
  const family = host.includes(":") ? AF_INET6 : AF_INET;
  const bytes = new Uint8Array(family === AF_INET6 ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port, false);
  if (inet_pton(family, host, bytes.subarray(family === AF_INET6 ? 8 : 4)) !== 1) {
    throw new TypeError(`"${host}" is not an IP address; names are resolved before they come here`);
  }
  return bytes;
}

export function decodeAddress(bytes: Uint8Array): SocketAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const port = view.getUint16(2, false);
  if (view.getUint16(0, true) === AF_INET) return { host: bytes.subarray(4, 8).join("."), port };
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i, false).toString(16));
  // The shortest form, as inet_ntop(3) and the URL standard print it.
  return { host: new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1), port };
}
