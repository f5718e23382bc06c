/** How long a server leaves its listener alone after an accept that failed. */
export const RETRY_ACCEPT_MS = 100;

/**
 * What a server that waits for readiness does after an accept that found no descriptor or memory (accept(2), EMFILE). The
 * client goes on waiting, so the listener stays ready: a server that watched it would never sleep. The pause ends by the
 * clock, so that the listener is watched again however much the other clients have to say.
 */
export class AcceptPause {
  #end = 0;

  begin(): void {
    this.#end = performance.now() + RETRY_ACCEPT_MS;
  }

  /** While it is, the listener is not watched. */
  get isOn(): boolean {
    return this.#end !== 0 && performance.now() < this.#end;
  }

  /** Milliseconds until it is over, rounded up; -1 when there is none: as select, poll and epoll_wait take a timeout. */
  get left(): number {
    if (this.#end === 0) return -1;
    const left = Math.max(0, Math.ceil(this.#end - performance.now()));
    if (left === 0) this.#end = 0; // this once, the caller does not sleep: it has to watch its listener again
    return left;
  }
}
