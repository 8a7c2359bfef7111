/** Arguments into values, and faults in them into words. What cannot be understood is INLET_USAGE with the reason; the program then ends with 2. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { InletError } from "@inlet/agent-core/kernel";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** A subcommand: what --help says, and what it does with the arguments behind its name. Resolves with the exit code. */
export interface Command {
  readonly summary: string;
  readonly help: string;
  run(args: readonly string[]): Promise<number>;
}

/** What options say; which of them stand on a command line is not known before. */
export type Values<T extends Options> = {
  readonly [Name in keyof T]?: T[Name] extends { readonly multiple: true }
    ? readonly string[]
    : T[Name] extends { readonly type: "boolean" }
      ? boolean
      : string;
};

/** Help is asked for, whatever stands beside it. */
export const asksForHelp = (args: readonly string[]): boolean =>
  args.slice(0, args.includes("--") ? args.indexOf("--") : undefined).some((arg) => arg === "--help" || arg === "-h");

export const usage = (detail: string): InletError => new InletError("INLET_USAGE", detail);

/** Strict: an unknown option, a missing value or an argument that is not expected is refused. */
export function parseOptions<const T extends Options>(args: readonly string[], options: T, allowPositionals = false) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals });
  } catch (error) {
    // Behind its first sentence Node explains how a command line is written.
    if (error instanceof TypeError) throw usage(error.message.split(". ", 1)[0] ?? "");
    throw error;
  }
}

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

/** What a person reads when a command ends with `error`: what they wrote that makes no sense, or what went wrong. */
export function failureLine(error: unknown, help: string): string {
  if (!(error instanceof InletError)) return (error as Error)?.stack ?? `${error}`;
  const words =
    error.code === "INLET_USAGE" && error.detail !== undefined ? `${error.detail}; see ${help}` : error.message;
  return `${words} [${error.code}]`;
}
