/**
 * Places labels so that they are at least `gap` apart and as near as can be to where they belong: least squares, by
 * pooling neighbours that are too close. Positions are shares of the frame's height.
 */
export function spread(wanted: readonly number[], gap: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const pools: { sum: number; size: number }[] = [];
  order.forEach((index, rank) => {
    let pool = { sum: wanted[index]! - rank * gap, size: 1 };
    for (let last = pools.at(-1); last && last.sum / last.size >= pool.sum / pool.size; last = pools.at(-1)) {
      pools.pop();
      pool = { sum: last.sum + pool.sum, size: last.size + pool.size };
    }
    pools.push(pool);
  });
  const places: number[] = [];
  const room = 1 - (wanted.length - 1) * gap;
  let rank = 0;
  for (const { sum, size } of pools) {
    const base = Math.min(Math.max(sum / size, 0), Math.max(0, room));
    for (const end = rank + size; rank < end; rank += 1) places[order[rank]!] = base + rank * gap;
  }
  return places;
}
