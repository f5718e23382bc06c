/** Markup that is meant as it is: whatever else is put into `html` is escaped. */
export interface Markup {
  readonly markup: string;
}

type Piece = string | number | null | Markup | readonly Piece[];

/** A template of markup: strings and numbers are escaped, null is nothing, lists are joined. */
export function html(literals: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return { markup: literals.reduce((text, literal, i) => text + markup(pieces[i - 1] ?? null) + literal) };
}

export const raw = (markup: string): Markup => ({ markup });

export const nothing = raw("");

export const escaped = (text: string) =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");

/** A model's name, which may break before its options and its version where there is no room. */
export const breakable = (name: string): Markup => raw(escaped(name).replace(/[:@=]/g, "<wbr>$&"));

function markup(piece: Piece): string {
  if (piece === null) return "";
  if (typeof piece === "string") return escaped(piece);
  if (typeof piece === "number") return String(piece);
  return "markup" in piece ? piece.markup : piece.map(markup).join("");
}
