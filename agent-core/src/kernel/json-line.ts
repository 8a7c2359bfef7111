/**
 * A line of JSON for whoever reads lines: what some readers take for the end of one (Node's readline U+2028, Python's
 * splitlines U+0085) is escaped, lest a peer's text forge lines of its own; so are the controls that JSON lets stand and a
 * terminal obeys.
 */
const UNSAFE = /[\u007f-\u009f\u2028\u2029]/g;

export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value).replace(UNSAFE, (at) => `\\u${at.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
