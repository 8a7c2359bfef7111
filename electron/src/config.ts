/** The command line of the desktop window: the options of `inlet receive`, as the agent's. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readIdentity } from "@inlet/agent-core";
import {
  readSignIn,
  readTransfer,
  type SignInValues,
  signInOptions,
  type TransferValues,
  transferOptions,
  usage,
} from "@inlet/agent-core/options";
import type { AgentConfig } from "./messages.ts";

const text = { type: "string" } as const;

export interface Places {
  /** Electron's own place for the application's data, and the person's downloads. */
  readonly data: string;
  readonly downloads: string;
}

interface OwnValues {
  readonly aor?: string;
  readonly registrar?: string;
  readonly user?: string;
  readonly "password-file"?: string;
  readonly data?: string;
  readonly folder?: string;
}

const own = { aor: text, registrar: text, user: text, "password-file": text, data: text, folder: text };
const options = { ...own, ...signInOptions, ...transferOptions };

/** Lenient: Chromium's own switches are among the arguments. */
export function toConfig(args: readonly string[], places: Places): AgentConfig {
  const values = valuesOf(args);
  const contents = (file: string | undefined): string | undefined => file && readFileSync(file, "utf8");
  const [key, certificate] = [contents(values["msrp-key"]), contents(values["msrp-certificate"])];
  const identity = readIdentity(key ?? "", certificate ?? "");
  if (identity === undefined && (key ?? certificate) !== undefined)
    throw usage("--msrp-key does not belong to --msrp-certificate");
  const signIn = readSignIn(values, {
    "tls-ca": contents(values["tls-ca"]),
    "sim-file": contents(values["sim-file"]),
  });
  const transfer = readTransfer(values, { ca: signIn.tls?.ca, identity });
  const { aor, registrar, user } = values;
  const password = contents(values["password-file"])?.split(/\r?\n/, 1)[0] ?? "";
  return {
    dataDir: values.data ?? join(places.data, "agent"),
    folder: values.folder ?? join(places.downloads, "Inlet"),
    accounts:
      aor === undefined
        ? []
        : [
            {
              ...{ aor, password },
              ...(registrar !== undefined && { registrar }),
              ...(user !== undefined && { user }),
              ...signIn,
              ...transfer.account,
            },
          ],
    ...transfer.agent,
  };
}

/** Ours, with a value of the kind that they have: one that is left empty is as one that is not there. */
function valuesOf(args: readonly string[]): OwnValues & SignInValues & TransferValues {
  const { values } = parseArgs({ args: [...args], strict: false, options });
  const fits = (name: string, value: unknown): boolean => {
    const option: { readonly type: string; readonly multiple?: boolean } | undefined =
      options[name as keyof typeof options];
    if (option?.multiple === true) return Array.isArray(value) && value.every((one) => typeof one === "string");
    return option !== undefined && typeof value === option.type && value !== "";
  };
  return Object.fromEntries(Object.entries(values).filter(([name, value]) => fits(name, value)));
}
