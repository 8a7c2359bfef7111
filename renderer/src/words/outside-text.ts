/**
 * Text from outside, made fit to be shown. It stays text (React escapes it); what is taken away is the power to look
 * like something else: control characters, bidirectional overrides that turn `exe.jpg` round, blanks that push an
 * extension out of sight, and half characters.
 */

/** Overrides, embeddings and isolates of bidirectional text: shown as what they are, a disturbance. */
const DIRECTION_FORMATS = /[\u202A-\u202E\u2066-\u2069]/g;
/** Marks and joiners that nobody sees and no name needs (joiners of emoji and scripts stay). */
const INVISIBLE = /[\u061C\u180E\u200B\u200E\u200F\u2060-\u2065\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E0FFF}]/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters it takes away
const CONTROLS = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;
const REPLACEMENT = "\uFFFD";

/** For text of several lines: line breaks and tabs stay. */
export function displayText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u0085\u2028\u2029]/g, "\n")
    .replaceAll(DIRECTION_FORMATS, REPLACEMENT)
    .replaceAll(INVISIBLE, "")
    .replaceAll(CONTROLS, REPLACEMENT);
}

/** For names, titles and labels: one line, single spaces. */
export function displayLine(text: string): string {
  return displayText(text)
    .replaceAll(/[\s\u2800\u3164\u115F\u1160\uFFA0]+/gu, " ")
    .trim();
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** With its dot; what is longer is no extension. */
const LONGEST_EXTENSION = 12;

/** A file name in two parts, so that the first can be cut and the extension stays in sight. */
export function splitFileName(name: string): readonly [string, string] {
  const characters = Array.from(graphemes.segment(displayLine(name)), (part) => part.segment);
  const dot = characters.lastIndexOf(".");
  const cut = dot > 0 && characters.length - dot <= LONGEST_EXTENSION ? dot : characters.length;
  return [characters.slice(0, cut).join(""), characters.slice(cut).join("")];
}
