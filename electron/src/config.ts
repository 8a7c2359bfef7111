/** The command line of the desktop window: the same account options as `inlet receive`, as the agent's options. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { AcceptMode } from "@inlet/agent-core/contract";
import { readSignIn, type SignInValues, signInOptions } from "@inlet/agent-core/sign-in-options";
import type { AgentConfig } from "./messages.ts";

const text = { type: "string" } as const;

export interface Places {
  /** Electron's own place for the application's data, and the person's downloads. */
  readonly data: string;
  readonly downloads: string;
}

const isAcceptMode = (value: string): value is AcceptMode => value === "ask" || value === "all" || value === "none";

/** Lenient: Chromium's own switches are among the arguments. */
export function toConfig(args: readonly string[], places: Places): AgentConfig {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      aor: text,
      registrar: text,
      user: text,
      "password-file": text,
      ...signInOptions,
      data: text,
      folder: text,
      accept: text,
      msrp: text,
    },
  });
  const given = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const [aor, registrar, user, file, accept] = ["aor", "registrar", "user", "password-file", "accept"].map(given);
  const contents = (name: string): string | undefined => {
    const file = given(name);
    return file === undefined ? undefined : readFileSync(file, "utf8");
  };
  const names = Object.keys(signInOptions) as (keyof typeof signInOptions)[];
  const signIn: SignInValues = Object.fromEntries(
    names.flatMap((name) => (given(name) === undefined ? [] : [[name, given(name)]])),
  );
  const msrp = /^\[?([^\s\]]+)\]?:(\d{1,5})$/.exec(given("msrp") ?? "");
  return {
    dataDir: given("data") ?? join(places.data, "agent"),
    folder: given("folder") ?? join(places.downloads, "Inlet"),
    accounts:
      aor === undefined
        ? []
        : [
            {
              aor,
              password: file === undefined ? "" : (readFileSync(file, "utf8").split(/\r?\n/, 1)[0] ?? ""),
              ...(registrar === undefined ? {} : { registrar }),
              ...(user === undefined ? {} : { user }),
              ...readSignIn(signIn, { "tls-ca": contents("tls-ca"), "sim-file": contents("sim-file") }),
            },
          ],
    ...(accept !== undefined && isAcceptMode(accept) ? { accept } : {}),
    ...(msrp === null ? {} : { msrp: { host: msrp[1] ?? "", port: Number(msrp[2]) } }),
  };
}
