// Bytes in all forms that JavaScript has, between canaries: what is real, what lies about its length, what is none.
import { NO_NUMBERS, Wrong } from "./values.js";

const CANARY = 0xc3;
const ROUND = 128;
const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const { get: bufferOf } = Object.getOwnPropertyDescriptor(typedArray, "buffer");

/** @returns what to pass, a plain view of the same bytes, and whether what stands round them is as it was */
export function makeBytes(values, fill) {
  const length = 1 + values.below(values.of([8, 64, 300, 5000]));
  const memory = new ArrayBuffer(length + 2 * ROUND);
  const all = new Uint8Array(memory).fill(CANARY);
  const plain = new Uint8Array(memory, ROUND, length).fill(fill);
  const isIntact = () =>
    all.length === 0 ||
    (all.subarray(0, ROUND).every((b) => b === CANARY) && all.subarray(ROUND + length).every((b) => b === CANARY));
  const value = formOf(values, plain, memory, length, fill);
  const isElsewhere = value instanceof Uint8Array && ![memory, undefined].includes(bufferOf.call(value));
  return { length, isIntact, value, plain: isElsewhere ? value : plain };
}

function formOf(values, plain, memory, length, fill) {
  class Lies extends Uint8Array {
    get length() {
      return 4 << 20;
    }
    get byteLength() {
      return 4 << 20;
    }
    get byteOffset() {
      return 0;
    }
    get buffer() {
      return new ArrayBuffer(1);
    }
    static get [Symbol.species]() {
      return Uint16Array;
    }
    subarray() {
      return new Uint8Array(1 << 20);
    }
  }
  switch (values.below(12)) {
    case 0:
      return new Lies(memory, ROUND, length);
    case 1:
      return Object.defineProperty(plain, "length", { value: 1 << 24 });
    case 2:
      return Buffer.from(memory, ROUND, length);
    case 3:
      return new Uint8Array(new SharedArrayBuffer(length)).fill(fill);
    case 4:
      return new Uint8Array(new ArrayBuffer(length, { maxByteLength: 2 * length })).fill(fill);
    case 5: {
      const moved = new Uint8Array(new ArrayBuffer(length));
      structuredClone(moved.buffer, { transfer: [moved.buffer] });
      return new Wrong(moved);
    }
    case 6:
      return new Wrong(
        values.of([...NO_NUMBERS.slice(0, -1), "hello", new Proxy(plain, {}), new DataView(memory), memory, 7]),
      );
    case 7:
      return new Wrong(
        values.of([
          new Uint16Array(memory, ROUND, 0),
          new Int8Array(memory),
          new Float64Array(4),
          new Uint8ClampedArray(8),
          Object.create(Uint8Array.prototype),
          { length: 8, buffer: memory, byteOffset: 0, byteLength: 8, __proto__: Uint8Array.prototype },
        ]),
      );
    default:
      return plain;
  }
}
