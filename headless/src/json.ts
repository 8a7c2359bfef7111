/** What is no JSON becomes undefined, which the contract then refuses as any other malformed envelope. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
