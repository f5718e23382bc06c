/** One axis: what it spans, where its ticks are, and how they read. */
export interface Axis {
  readonly type: "log" | "linear";
  readonly label: string;
  readonly domain: readonly [low: number, high: number];
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
}

/** An axis around some values; a logarithmic one takes the positive ones only, and a linear one starts at 0. */
export function axisOf(
  values: readonly number[],
  { type, label, format }: Pick<Axis, "type" | "label" | "format">,
): Axis {
  const usable = values.filter((value) => Number.isFinite(value) && (type === "linear" || value > 0));
  const high = Math.max(...usable, Number.MIN_VALUE);
  if (usable.length === 0 || high <= 0) return { type, label, format, domain: [1, 10], ticks: [1, 10] };
  if (type === "linear") return { type, label, format, domain: [0, high * 1.05], ticks: linearTicks(0, high) };
  const low = Math.min(...usable);
  const room = Math.max(1.08, (high / low) ** 0.05);
  const domain = [low / room, high * room] as const;
  return { type, label, format, domain, ticks: logTicks(...domain) };
}

/** Where a value is on an axis: 0 at its low end, 1 at its high end. */
export function position({ type, domain: [low, high] }: Axis, value: number): number {
  return type === "log" ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
}

/** The nearest value that the axis has: nothing at all has no place on a logarithmic one, nor has what is endless. */
export function within({ domain: [low, high] }: Axis, value: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The value at a position. */
export function at({ type, domain: [low, high] }: Axis, position: number): number {
  return type === "log" ? low * (high / low) ** position : low + position * (high - low);
}

/** Round numbers within the span: of 1, 2 and 5 times powers of ten as many as can be read. */
export function logTicks(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  if (decades < 0.6) return linearTicks(low, high);
  const digits = decades < 2 ? [1, 2, 5] : [1];
  const every = Math.ceil(decades / 7);
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power += 1) {
    if (power % every === 0) ticks.push(...digits.map((digit) => Number(`${digit}e${power}`)));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** Multiples of 1, 2 or 5 times a power of ten within the span, four to eight of them. */
export function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = Math.floor(Math.log10(rough));
  const digit = [1, 2, 5, 10].find((each) => each * 10 ** power >= rough)!;
  const step = (n: number) => Number((n * digit * 10 ** power).toPrecision(12));
  const [first, last] = [Math.ceil(low / step(1) - 1e-9), Math.floor(high / step(1) + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => step(first + i));
}
