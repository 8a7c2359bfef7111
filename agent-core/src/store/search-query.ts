/**
 * What a person types into the search field, as an FTS5 expression: every word must occur, as the beginning of a word.
 * Only letters, marks and digits are taken over, each word quoted, so that nothing typed is FTS5 syntax.
 */
const WORD = /[\p{L}\p{M}\p{N}\p{Co}]+/gu;
const MAX_WORDS = 32;

/** undefined when the input has no word to look for. */
export function searchQuery(typed: string): string | undefined {
  const words = typed.match(WORD) ?? [];
  if (words.length === 0) return undefined;
  return words
    .slice(0, MAX_WORDS)
    .map((word) => `"${word}"*`)
    .join(" ");
}
