import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AcceptPause, RETRY_ACCEPT_MS } from "../src/accept-pause.ts";

describe("AcceptPause", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  test("waits for ever while there is none, and then until it is over, in whole milliseconds", () => {
    const pause = new AcceptPause();
    expect([pause.isOn, pause.countDown()]).toEqual([false, -1]);
    pause.begin();
    expect([pause.isOn, pause.countDown()]).toEqual([true, RETRY_ACCEPT_MS]);
    vi.advanceTimersByTime(RETRY_ACCEPT_MS - 0.5);
    expect([pause.isOn, pause.countDown(), pause.isOn]).toEqual([true, 1, true]);
  });

  test("lets the loop turn once more when it is over, and then wait for ever", () => {
    const pause = new AcceptPause();
    pause.begin();
    vi.advanceTimersByTime(RETRY_ACCEPT_MS);
    expect([pause.countDown(), pause.isOn, pause.countDown()]).toEqual([0, false, -1]);
  });

  test("never lets the loop wait for ever with a listener that is not watched, wherever the time ends", () => {
    const pause = new AcceptPause();
    pause.begin();
    vi.advanceTimersByTime(RETRY_ACCEPT_MS - 1);
    const isWatched = !pause.isOn;
    vi.advanceTimersByTime(1); // the pause ends between the two questions of one turn
    expect({ isWatched, timeout: pause.countDown() }).toEqual({ isWatched: false, timeout: 0 });
    expect({ isWatched: !pause.isOn, timeout: pause.countDown() }).toEqual({ isWatched: true, timeout: -1 });
  });

  test("does not change when it is looked at, however late", () => {
    const pause = new AcceptPause();
    pause.begin();
    vi.advanceTimersByTime(2 * RETRY_ACCEPT_MS);
    expect([pause.isOn, pause.isOn, pause.countDown()]).toEqual([true, true, 0]);
  });

  test("begins again", () => {
    const pause = new AcceptPause();
    pause.begin();
    vi.advanceTimersByTime(60);
    pause.begin();
    expect(pause.countDown()).toBe(RETRY_ACCEPT_MS);
  });

  test("does not look at the clock while there is none: that would cost something at every message", () => {
    const clock = vi.spyOn(performance, "now");
    const pause = new AcceptPause();
    expect([pause.isOn, pause.countDown()]).toEqual([false, -1]);
    expect(clock).not.toHaveBeenCalled();
    clock.mockRestore();
  });
});
