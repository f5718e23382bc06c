// What JavaScript hands over goes to the kernel as addresses and numbers, and the kernel believes them: NaN would be
// descriptor 0, "10" would be text in a comparison and a number in a subtraction, and an array that lies about its
// length would let the kernel write behind it. So every public call checks its arguments here, before the kernel sees them.

const MAX_INT = 0x7fff_ffff;

const TypedArray = Object.getPrototypeOf(Uint8Array.prototype);
/** A getter of all typed arrays, as it was when this was loaded: no subclass and no own property can answer for it. */
function intrinsic<T>(name: string | symbol): (array: Uint8Array) => T {
  const { get } = Object.getOwnPropertyDescriptor(TypedArray, name)!;
  return Function.prototype.call.bind(get!);
}
const kindOf = intrinsic<string | undefined>(Symbol.toStringTag);
const lengthOf = intrinsic<number>("byteLength");
const offsetOf = intrinsic<number>("byteOffset");
const bufferOf = intrinsic<ArrayBuffer>("buffer");
const Bytes = Uint8Array;

/**
 * The length of a real Uint8Array (a Buffer is one), by the intrinsic getter. Arrays over resizable and shared memory are
 * allowed: each call asks for the length just before the kernel does its work, and nothing can shrink them in between.
 * @throws TypeError for anything else, and for an array whose memory was transferred away
 */
export function checkBytes(bytes: Uint8Array): number {
  if (kindOf(bytes) !== "Uint8Array") throw new TypeError(`bytes are a Uint8Array, not ${describe(bytes)}`);
  const length = lengthOf(bytes);
  if (length === 0) new Bytes(bufferOf(bytes)); // throws a TypeError where the memory is detached
  return length;
}

/** Bytes [start, end) of a checked array, as an array of their own: `subarray` would ask a subclass how to make it. */
export function part(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Bytes(bufferOf(bytes), offsetOf(bytes) + start, end - start);
}

/** @throws RangeError unless [start, end) is in `length` bytes: the kernel would read what stands behind them */
export function checkRange(start: number, end: number, length: number): void {
  if (!(Number.isInteger(start) && Number.isInteger(end) && start >= 0 && start <= end && end <= length))
    throw new RangeError(`bytes ${describe(start)} to ${describe(end)} are asked for, of ${length}`);
}

/** @throws TypeError for what is no number, RangeError unless it is a whole one from `least` to `most` */
export function checkWhole(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const message = `${what} is a whole number from ${least} to ${most}, not ${describe(value)}`;
  throw typeof value === "number" ? new RangeError(message) : new TypeError(message);
}

/** @throws TypeError or RangeError unless it is a number that a descriptor can have */
export function checkDescriptor(fd: number): void {
  if (fd >>> 0 !== fd || fd > MAX_INT) checkWhole("a descriptor", fd, 0, MAX_INT);
}

/** @throws TypeError or RangeError unless `length` things have one with this index */
export function checkIndex(i: number, length: number): void {
  if (i >>> 0 === i && i < length) return;
  const message = `index ${describe(i)} is asked for, of ${length}`;
  throw typeof i === "number" ? new RangeError(message) : new TypeError(message);
}

/** @throws TypeError for what is neither true nor false: the text "false" would be true */
export function checkBoolean(what: string, value: boolean): void {
  if (typeof value !== "boolean") throw new TypeError(`${what} is true or false, not ${describe(value)}`);
}

export const FOR_EVER = -1;

/**
 * Milliseconds for the kernel, a whole number that fits its `int`. -1 and Infinity wait for ever. A fraction is rounded
 * up: rounded down, 0.9 would be 0, and a loop that waits with it would spin. More than 2^31 - 1 (24 days) waits that long.
 */
export function toMilliseconds(timeout: number): number {
  if (timeout === FOR_EVER || timeout === Number.POSITIVE_INFINITY) return FOR_EVER;
  checkTime(timeout);
  return timeout >= MAX_INT ? MAX_INT : Math.ceil(timeout) | 0;
}

/** @throws TypeError for what is no number, RangeError for NaN and what is below 0 */
export function checkTime(milliseconds: number): void {
  const message = () => `milliseconds are a number, 0 or more, not ${describe(milliseconds)}`;
  if (typeof milliseconds !== "number") throw new TypeError(message());
  if (!(milliseconds >= 0)) throw new RangeError(message());
}

/** Numbers and short text as they are, of everything else its type: to print a stranger's object would run its code. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return typeof value === "function" || typeof value === "symbol" ? `a ${typeof value}` : String(value);
}
