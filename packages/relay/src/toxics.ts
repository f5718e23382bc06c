/** What is done to the bytes of one direction. Names and meanings are toxiproxy's. */
export interface Toxics {
  /** Milliseconds that each byte is under way. */
  readonly latency?: number;
  /** Milliseconds that this may be more or less. */
  readonly jitter?: number;
  /** Bytes a second. */
  readonly bandwidth?: number;
  /** Cut into pieces of so many bytes, with so many milliseconds between them. */
  readonly slicer?: { readonly bytes: number; readonly delay: number };
  /** Milliseconds that the FIN is held back. */
  readonly slowClose?: number;
  /** So many bytes pass, and then the connection is closed. */
  readonly limit?: number;
  /** Nothing passes, and after so many milliseconds the connection is closed; 0: never. */
  readonly timeout?: number;
  /** After so many milliseconds both sides get a reset. */
  readonly reset?: number;
}

export type Stage = (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

/** What the bytes go through, in this order. `reset` and `timeout` are about the connection, and not among them. */
export function stages(toxics: Toxics, random: () => number): Stage[] {
  const { latency, jitter = 0, bandwidth, slicer, slowClose, limit, timeout } = toxics;
  return [
    ...(timeout === undefined ? [] : [swallow]),
    ...(limit === undefined ? [] : [upTo(limit)]),
    ...(latency === undefined && jitter === 0 ? [] : [delayed(() => (latency ?? 0) + (random() * 2 - 1) * jitter)]),
    ...(slicer === undefined ? [] : [sliced(slicer.bytes, slicer.delay)]),
    ...(bandwidth === undefined ? [] : [paced(bandwidth)]),
    ...(slowClose === undefined ? [] : [lastWait(slowClose)]),
  ];
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** How many bytes may be under way within a delay before the sender has to wait. */
const UNDER_WAY = 1024 * 1024;

/** Each chunk leaves `delay()` after it came, and never before the one before it. */
const delayed = (delay: () => number): Stage =>
  async function* (source) {
    const queue: { chunk: Buffer; due: number }[] = [];
    let waiting = 0;
    let change = () => {};
    const changed = () => new Promise<void>((resolve) => (change = resolve));
    let isOver = false;
    let isLeft = false;
    const reading = (async () => {
      for await (const chunk of source) {
        queue.push({ chunk, due: performance.now() + delay() });
        waiting += chunk.length;
        change();
        while (waiting > UNDER_WAY && !isLeft) await sleep(1);
        if (isLeft) return;
      }
    })().finally(() => {
      isOver = true;
      change();
    });
    reading.catch(() => {}); // it is thrown below
    try {
      while (!isOver || queue.length > 0) {
        const next = queue.shift();
        if (!next) {
          await changed();
          continue;
        }
        await sleep(next.due - performance.now());
        waiting -= next.chunk.length;
        yield next.chunk;
      }
      await reading;
    } finally {
      isLeft = true; // whoever took the chunks has gone
    }
  };

async function* swallow(source: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  for await (const _ of source);
  await new Promise(() => {}); // not even its end passes
  yield* [];
}

const upTo = (limit: number) =>
  async function* (source: AsyncIterable<Buffer>) {
    let left = limit;
    for await (const chunk of source) {
      yield chunk.subarray(0, left);
      left -= chunk.length;
      if (left <= 0) throw new Error("the limit is reached");
    }
  };

const sliced = (bytes: number, delay: number) =>
  async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; at += bytes) {
        yield chunk.subarray(at, at + bytes);
        await sleep(delay);
      }
    }
  };

/** A piece takes at least so many milliseconds, or timers would be the measure. */
const BEAT = 10;

const paced = (bandwidth: number) =>
  async function* (source: AsyncIterable<Buffer>) {
    const piece = Math.max(1, Math.floor((bandwidth * BEAT) / 1000));
    let due = 0;
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; at += piece) {
        const part = chunk.subarray(at, at + piece);
        due = Math.max(due, performance.now()) + (part.length / bandwidth) * 1000;
        yield part;
        await sleep(due - performance.now());
      }
    }
  };

const lastWait = (milliseconds: number) =>
  async function* (source: AsyncIterable<Buffer>) {
    yield* source;
    await sleep(milliseconds);
  };
