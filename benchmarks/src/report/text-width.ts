// Charts are laid out where no font is: widths are estimates, for the widest of the usual sans-serif fonts.

const narrow = new Set("iljtfrI1.,:;'|!()[] ");
const broad = new Set("mwMWQO@%≥×+=→");

/** The width of a text in the units of its font size, seldom less than what a browser makes of it. */
export function textWidth(text: string, fontSize: number): number {
  const width = (char: string) => {
    if (narrow.has(char)) return char === "1" ? 0.64 : 0.4;
    if (broad.has(char)) return 0.96;
    return char >= "A" && char <= "Z" ? 0.72 : 0.635;
  };
  return [...text].reduce((sum, char) => sum + width(char), 0) * fontSize;
}

/** The text, its middle left out where it is wider than that. */
export function fit(text: string, width: number, fontSize: number): string {
  if (textWidth(text, fontSize) <= width) return text;
  const chars = [...text];
  for (let kept = chars.length - 1; kept > 2; kept -= 1) {
    const short = `${chars.slice(0, Math.ceil(kept / 2)).join("")}…${chars.slice(-Math.floor(kept / 2)).join("")}`;
    if (textWidth(short, fontSize) <= width) return short;
  }
  return "…";
}
