import type { Connection } from "./connection.ts";

/** Where two byte strings differ first. @param offset how many bytes came before these */
export function difference(expected: Uint8Array, got: Uint8Array, offset: number): string {
  const at = expected.findIndex((byte, i) => byte !== got[i]);
  const hex = (bytes: Uint8Array) => Buffer.from(bytes.subarray(at, at + 8)).toString("hex") || "nothing";
  return `different from byte ${offset + at} on: expected ${hex(expected)}, got ${hex(got)}`;
}

/** How the server has ended the connection, as the end of a sentence; empty while it has not. */
export function ending({ ended }: Connection): string {
  return ended ? `; then ${ended === "fin" ? "FIN" : "a reset"} came` : "";
}
