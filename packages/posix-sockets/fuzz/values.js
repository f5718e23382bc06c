// Right and wrong arguments, made of one seed. A wrong one is marked, so that a call that takes it can be told.

/** What marks bytes that may be sent. */
export const SENT = 0x5a;

export class Wrong {
  constructor(value) {
    this.value = value;
  }
}

/** What is no number, but may become one on the way. */
export const NO_NUMBERS = [
  undefined,
  null,
  "",
  "0",
  "5",
  "10",
  true,
  {},
  [],
  [1],
  1n,
  Symbol("s"),
  () => 1,
  new Number(1),
  new Uint8Array(1),
];

/** Something that must not happen has happened. */
export class Find extends Error {}

export class Values {
  #state;
  constructor(seed) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ 0x85ebca6b) >>> 0 || 1;
  }

  /** Marsaglia's xorshift: the next number from 0 up to, not including, `n`. */
  below(n) {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % n;
  }
  of(all) {
    return all[this.below(all.length)];
  }
  wrong(all) {
    return new Wrong(this.of(all));
  }
  /** Where an argument may be left out, undefined is right. */
  given(value) {
    return value instanceof Wrong && value.value === undefined ? new Wrong(null) : value;
  }
  /** A wrong value once in four times, else a right one. */
  #or(right, wrong) {
    return this.below(4) === 0 ? new Wrong(this.of(wrong)) : right;
  }

  #noWholes = [...NO_NUMBERS, Number.NaN, -1, -0.5, 0.5, 1.5, Infinity, -Infinity, 2 ** 53, -(2 ** 31) - 1, -(2 ** 32)];

  descriptor(right) {
    return this.#or(right, [...this.#noWholes, 2 ** 31, 2 ** 32, 2 ** 32 + 5]);
  }
  index(length) {
    return length > 0 && this.below(2)
      ? this.below(length)
      : new Wrong(this.of([...this.#noWholes, length, length + 1, 2 ** 31, 2 ** 32]));
  }
  buffer(right) {
    return this.#or(right, [...this.#noWholes, 32_768, 32_769, 65_536, 2 ** 31, 2 ** 32]);
  }
  whole(right) {
    return this.#or(right, [...this.#noWholes, 2 ** 33]);
  }
  /** Never one that waits for long. */
  timeout() {
    return this.#or(this.of([0, 0, 0.001, 0.9, 1]), [
      ...NO_NUMBERS,
      Number.NaN,
      -2,
      -0.001,
      -1.5,
      -Infinity,
      -(2 ** 31),
    ]);
  }
  boolean(right) {
    return this.#or(right, [...NO_NUMBERS.filter((each) => each !== true), 0, 1, "false"]);
  }
  host() {
    return this.#or("127.0.0.1", [
      ...NO_NUMBERS,
      0,
      "localhost",
      "127.0.0.1\0",
      "127.0.0.1\0.example",
      "1.2.3",
      "999.1.1.1",
      "a".repeat(1e5),
      ":".repeat(100),
      Buffer.from("127.0.0.1"),
      new Uint8Array(0),
      { toString: () => "127.0.0.1", includes: () => false },
      new String("127.0.0.1"),
    ]);
  }
  port(right) {
    return this.#or(right, [...this.#noWholes, 65_536, 1e9]);
  }
  /** [start, end) of so many bytes, or Wrong in one of them. */
  range(length) {
    const start = this.below(length + 1);
    const end = start + this.below(length - start + 1);
    if (this.below(3)) return [start, end];
    return this.of([
      [start, new Wrong(length + 1 + this.below(1e6))],
      [new Wrong(end + 1), end],
      [this.given(this.wrong(this.#noWholes)), end],
      [start, this.given(this.wrong(this.#noWholes))],
      [new Wrong("10"), new Wrong("9")],
      [new Wrong(-1), end],
      [start, new Wrong(2 ** 32 + end)],
      [start, new Wrong(2 ** 31)],
    ]);
  }
}
