import { clientIsGone } from "./failures.ts";

const CHUNK = 64 * 1024;

/** A connected client whose calls wait. */
export interface BlockingStream {
  /** Waits for bytes; returns their number, 0 at the client's FIN. */
  recv(into: Uint8Array): number;
  /** Returns when the kernel has taken all of the first `length` bytes. */
  sendAll(from: Uint8Array, length?: number): void;
}

/**
 * The service, blocking (RFC 862; str_echo of Unix Network Programming, section 5.3).
 * Returns at the client's FIN or reset; the caller closes.
 */
export function echo(stream: BlockingStream): void {
  const buffer = new Uint8Array(CHUNK);
  try {
    for (let length = stream.recv(buffer); length > 0; length = stream.recv(buffer)) stream.sendAll(buffer, length);
  } catch (error) {
    if (!clientIsGone(error)) throw error;
  }
}
