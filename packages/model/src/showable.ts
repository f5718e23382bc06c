/**
 * What a terminal obeys instead of showing it (ECMA-48): a string for the terminal itself (OSC, DCS, APC, PM, SOS: its
 * title, the clipboard), with its end or up to the end of the line; a control sequence (CSI: colours, the cursor); and
 * any other escape. Each may begin with ESC, or be one character of C1.
 */
const SEQUENCE =
  /(?:\x1b[P\]X^_]|[\x90\x98\x9d-\x9f])[^\n\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?|\x1b[ -/]*[0-~]?/g;
/** Joins pictures to one, as in a family of four; anywhere else it only hides. */
const JOINER = /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d|\u200d(?!\p{Extended_Pictographic})/gu;
/** Controls, invisible marks such as those that turn the direction of writing, and what is no character at all. */
const UNSEEN = /[^\P{Cc}\n\t]|[^\P{Cf}\u200d]|\p{Noncharacter_Code_Point}/gu;

/**
 * Text from outside, as it may be shown on a terminal and kept in a file: what a server, a compiler, a model.json or
 * another machine's result says. Line feeds and tabs stay; half of a surrogate pair becomes U+FFFD. Where text comes in
 * pieces, give it the whole: what is left of a sequence that was cut in two is harmless, but it is shown.
 */
export const showable = (text: string): string =>
  text
    .replace(SEQUENCE, "")
    .replace(/\p{Cs}/gu, "\ufffd")
    .replace(JOINER, "")
    .replace(UNSEEN, "");
