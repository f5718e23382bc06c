/** How long a server leaves its listener alone after an accept that failed. */
export const RETRY_ACCEPT_MS = 100;

/**
 * What a server that waits for readiness does after an accept that found no descriptor or memory (accept(2), EMFILE). The
 * client goes on waiting, so the listener stays ready: a server that watched it would never sleep. The pause ends by the
 * clock, so that the listener is watched again however much the other clients have to say.
 */
export class AcceptPause {
  #end = 0;
  #isOn = false;

  begin(): void {
    this.#end = performance.now() + RETRY_ACCEPT_MS;
    this.#isOn = true;
  }

  /** While it is, the listener is not watched. Only `begin` and `countDown` change it, so it is the same for a whole turn. */
  get isOn(): boolean {
    return this.#isOn;
  }

  /**
   * Once a turn, the timeout of select, poll or epoll_wait: milliseconds until the pause is over, rounded up; -1 when there
   * is none. When the time has come it ends the pause and returns 0, so that the next turn watches the listener again.
   */
  countDown(): number {
    if (!this.#isOn) return -1;
    const left = Math.max(0, Math.ceil(this.#end - performance.now()));
    this.#isOn = left > 0;
    return left;
  }
}
