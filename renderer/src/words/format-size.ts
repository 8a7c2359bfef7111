/** Sizes as people read them: powers of 1000, three figures. */
export type SizeUnit = "bytes" | "kb" | "mb" | "gb" | "tb";
const UNITS: readonly SizeUnit[] = ["bytes", "kb", "mb", "gb", "tb"];

/** Which unit, and how many of it. A size that would round up to 1000 goes to the next unit. */
export function scaleSize(octets: number): {
  readonly unit: SizeUnit;
  readonly value: number;
  readonly digits: number;
} {
  let value = octets;
  let step = 0;
  while (value >= 999.5 && step < UNITS.length - 1) {
    value /= 1000;
    step += 1;
  }
  const digits = step === 0 || value >= 99.95 ? 0 : 1;
  return { unit: UNITS[step] ?? "bytes", value, digits };
}
