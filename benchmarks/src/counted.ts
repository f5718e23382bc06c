/** What is counted of a client, and told when a window is over. */
export abstract class Counted {
  /** When it came, in ms of the world's clock; 0 of one that stays over all windows. */
  arrivedAt = 0;
  /** When it left, or was given up; 0 as long as it stays. */
  leftAt = 0;
  /** Until the last `startCounting`, and since then. */
  repliesBefore = 0;
  replies = 0;
  longestWait = 0;

  /** Calls `each` with the time that every message without an answer was to be sent at. */
  abstract forEachUnderWay(each: (intendedAt: number) => void): void;

  /** It was answered after so many milliseconds. */
  waited(wait: number): void {
    if (wait > this.longestWait) this.longestWait = wait;
  }

  startCounting(): void {
    this.repliesBefore += this.replies;
    this.replies = 0;
    this.longestWait = 0;
  }

  /** What came before counts no longer. */
  forget(): void {
    this.startCounting();
    this.repliesBefore = 0;
  }
}
