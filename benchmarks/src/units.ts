// Numbers as a person reads them: three significant digits, and a unit.

/** `98 100`, `3 080`, `0.52`, `0.00385`. */
export function count(value: number): string {
  if (value === 0) return "0";
  const rounded = Number(value.toPrecision(3));
  return rounded >= 1000 ? String(rounded).replace(/\B(?=(\d{3})+$)/g, " ") : String(rounded);
}

/** A time given in milliseconds: `12.3 µs`, `4.1 ms`, `2.15 s`. */
export function time(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toPrecision(3)} s`;
  if (milliseconds >= 1) return `${Number(milliseconds.toPrecision(3))} ms`;
  return `${Number((milliseconds * 1000).toPrecision(3))} µs`;
}

/** A size given in bytes: `870 B`, `12.3 KiB`, `8.05 MiB`. */
export function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  const power = bytes < 1 ? 0 : Math.min(3, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${units[power]}`;
}
