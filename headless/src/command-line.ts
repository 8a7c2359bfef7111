/** Arguments into values, and faults in them into words. What cannot be understood is INLET_USAGE with the reason; the program then ends with 2. */
import { type ParseArgsConfig, parseArgs } from "node:util";
import { InletError } from "@inlet/agent-core/kernel";
import { usage } from "@inlet/agent-core/options";

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

/** What a person reads when a command ends with `error`: what they wrote that makes no sense, or what went wrong. */
export function failureLine(error: unknown, help: string): string {
  if (!(error instanceof InletError)) return (error as Error)?.stack ?? `${error}`;
  const words =
    error.code === "INLET_USAGE" && error.detail !== undefined ? `${error.detail}; see ${help}` : error.message;
  return `${words} [${error.code}]`;
}
