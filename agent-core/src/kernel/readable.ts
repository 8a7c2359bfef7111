/** What may be left out where it cannot be read. */
import { InletError } from "./errors.ts";

/** undefined where `read` fails as the catalogue says; a bug throws. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InletError) return undefined;
    throw error;
  }
}
