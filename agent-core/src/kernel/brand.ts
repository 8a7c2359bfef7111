/** Types for what has a unit or has been checked. A branded value is made in one place only; everywhere else it is taken. */

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** A count of octets. */
export type Bytes = Branded<number, "Bytes">;
/** A duration. */
export type Millis = Branded<number, "Millis">;
/** Wall-clock time, milliseconds since 1970-01-01T00:00:00Z. Never used to measure a duration. */
export type EpochMillis = Branded<number, "EpochMillis">;
/** A file name that is safe on Linux, macOS and Windows; made by `store/safe-file-name.ts` alone. */
export type SafeFileName = Branded<string, "SafeFileName">;

export const bytes = (n: number): Bytes => n as Bytes;
export const millis = (n: number): Millis => n as Millis;
export const seconds = (n: number): Millis => (n * 1000) as Millis;
export const epochMillis = (n: number): EpochMillis => n as EpochMillis;
