import type { Load } from "./generator-protocol.ts";
import type { Cell } from "./sample.ts";

/** A cell with what is usual: one message of 64 B under way per client, a closed loop, a processor each. */
export function cell(clients: number, more: Partial<Cell> = {}): Cell {
  return { clients, bytes: 64, depth: 1, rate: null, topology: "split", ...more };
}

/** The same cell for each value of one of its factors. */
export const each = <K extends keyof Cell>(base: Cell, factor: K, values: readonly Cell[K][]): Cell[] =>
  values.map((value) => ({ ...base, [factor]: value }));

/** Clients who stay, all of whom talk, without a pause; nobody does harm. */
export function talkers({ clients, bytes, depth }: Cell): Load {
  return { clients, bytes, think: 0, depth, requests: null, again: false, hostile: {} };
}
