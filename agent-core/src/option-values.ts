/** Values of a command line's options. What cannot be understood is INLET_USAGE with the reason. */
import { InletError } from "./kernel/index.ts";

export const usage = (detail: string): InletError => new InletError("INLET_USAGE", detail);

export function required(value: string | undefined, option: string): string {
  if (value === undefined || value === "") throw usage(`${option} is needed`);
  return value;
}

export function oneOf<const T extends string>(value: string, allowed: readonly T[], option: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw usage(`${option} is one of ${allowed.join(", ")}, not "${value}"`);
  return found;
}

export function parsePort(value: string, option: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(port <= 65_535)) throw usage(`${option} is a port from 0 to 65535, not "${value}"`);
  return port;
}

/** `127.0.0.1:2855` or `[::1]:2855`. */
export function parseHostPort(value: string, option: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]]+)):([^:]+)$/.exec(value);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) throw usage(`${option} is HOST:PORT, not "${value}"`);
  return { host, port: parsePort(match?.[3] ?? "", option) };
}

export function parseAor(value: string, option: string): string {
  if (!/^sips?:[^\s@<>"]+@[^\s@<>"]+$/i.test(value)) {
    throw usage(`${option} is an address like sip:bob@example.net, not "${value}"`);
  }
  return value;
}
