import type { Arrivals } from "./generator-protocol.ts";
import { Random } from "./random.ts";

/**
 * When the messages of an open loop are to be sent, in milliseconds from the start of its window, in order: planned
 * ahead, so that no answer, however late, can keep the next message back.
 */
export function schedule({ rate, process, seed }: Arrivals, milliseconds: number): Float64Array {
  const between = 1000 / rate;
  if (process === "uniform") {
    // Half a step from the start, so that as many fall into the window as its length says.
    return Float64Array.from({ length: Math.round(milliseconds / between) }, (_, i) => (i + 0.5) * between);
  }
  const random = new Random(seed);
  const times: number[] = [];
  for (let time = 0; ; ) {
    time -= Math.log(random.next()) * between; // exponential: the gaps of a Poisson process
    if (time >= milliseconds) return Float64Array.from(times);
    times.push(time);
  }
}
