import Table from "cli-table3";
import type pc from "picocolors";

export type Colors = ReturnType<typeof pc.createColors>;

/** A table without lines: names to the left, numbers to the right. */
export function newTable(head: string[], colors: Colors) {
  const none =
    "top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid";
  return new Table({
    head: head.map((text) => colors.dim(text)),
    chars: { ...Object.fromEntries(none.split(" ").map((place) => [place, ""])), middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: head.map((_, i) => (i === 0 || i === head.length - 1 ? "left" : "right")),
  });
}

/** A model's options and its revision on lines of their own: `busy-wait` over `:when-nothing=back-off`. */
export const folded = (model: string) => model.replaceAll(/[:@]/g, "\n$&");
