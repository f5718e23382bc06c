/** Where a socket is bound or connected. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:7007`, `[::1]:7007` (RFC 3986, section 3.2.2). */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The one line that a server prints once clients can connect. */
export function readyLine(address: Address): string {
  return `listening on ${formatAddress(address)}\n`;
}

/** The address in a ready line, or undefined if `line` is none. */
export function parseReadyLine(line: string): Address | undefined {
  const match = /^listening on (?:\[([^\]]+)\]|([^\s:]+)):(\d{1,5})\s*$/.exec(line);
  return match ? { host: (match[1] ?? match[2])!, port: Number(match[3]) } : undefined;
}
