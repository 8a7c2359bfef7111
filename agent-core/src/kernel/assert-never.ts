/** The compiler proves a switch exhaustive; at run time this is a bug and throws. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
