import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AcceptPause, RETRY_ACCEPT_MS } from "../src/accept-pause.ts";

describe("AcceptPause", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  test("waits for ever while there is none, and then until it is over, in whole milliseconds", () => {
    const pause = new AcceptPause();
    expect(pause).toMatchObject({ isOn: false, left: -1 });
    pause.begin();
    expect(pause).toMatchObject({ isOn: true, left: RETRY_ACCEPT_MS });
    vi.advanceTimersByTime(RETRY_ACCEPT_MS - 0.5);
    expect(pause).toMatchObject({ isOn: true, left: 1 });
  });

  test("lets the loop turn once more when it is over, and then wait for ever", () => {
    const pause = new AcceptPause();
    pause.begin();
    vi.advanceTimersByTime(RETRY_ACCEPT_MS);
    expect(pause.isOn).toBe(false);
    expect([pause.left, pause.left]).toEqual([0, -1]);
  });

  test("never lets the loop wait for ever with a listener that is not watched, wherever the time ends", () => {
    const pause = new AcceptPause();
    pause.begin();
    vi.advanceTimersByTime(RETRY_ACCEPT_MS - 1);
    const isWatched = !pause.isOn;
    vi.advanceTimersByTime(1); // the pause ends between the two questions of one turn
    expect({ isWatched, left: pause.left }).toEqual({ isWatched: false, left: 0 });
    expect({ isWatched: !pause.isOn, left: pause.left }).toEqual({ isWatched: true, left: -1 });
  });

  test("begins again", () => {
    const pause = new AcceptPause();
    pause.begin();
    vi.advanceTimersByTime(60);
    pause.begin();
    expect(pause.left).toBe(RETRY_ACCEPT_MS);
  });

  test("does not look at the clock while there is none: that would cost something at every message", () => {
    const clock = vi.spyOn(performance, "now");
    const pause = new AcceptPause();
    expect(pause).toMatchObject({ isOn: false, left: -1 });
    expect(clock).not.toHaveBeenCalled();
    clock.mockRestore();
  });
});
