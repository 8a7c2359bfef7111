/** What is taken and how it comes in, as a person writes it down on a command line. Pure; fails with INLET_USAGE. */
import { rootCertificates } from "node:tls";
import type { AccountOptions } from "./account/index.ts";
import type { AgentOptions } from "./agent-options.ts";
import { publicOrIn } from "./http/index.ts";
import type { Identity } from "./msrp/index.ts";
import { oneOf, parseHostPort, usage } from "./option-values.ts";

export const transferOptions = {
  accept: { type: "string" },
  "accept-types": { type: "string" },
  msrp: { type: "string" },
  "link-networks": { type: "string" },
  "behind-nat": { type: "boolean" },
  "msrp-relay": { type: "string", multiple: true },
  "msrp-certificate": { type: "string" },
  "msrp-key": { type: "string" },
} as const;

export interface TransferValues {
  readonly accept?: string;
  readonly "accept-types"?: string;
  readonly msrp?: string;
  readonly "link-networks"?: string;
  readonly "behind-nat"?: boolean;
  readonly "msrp-relay"?: readonly string[];
  readonly "msrp-certificate"?: string;
  readonly "msrp-key"?: string;
}

export const transferOptionsHelp = `  --accept all|none|ask|rules
                         what happens to files that no rule fits: all are accepted, none is, or each is asked about
                         (default ask; rules is the same, for who means the rules)
  --accept-types LIST    types of content that are taken, like image/*,text/plain (default: all)
  --link-networks LIST   networks of yours that links may lead to, like 192.168.1.0/24 (default: the open internet
                         alone); servers there may show certificates of --tls-ca
  --msrp HOST:PORT       where files come in; 0.0.0.0 or [::] is every address, and senders are told that on which the
                         server is reached (default [::] and a free port; 127.0.0.1 with a server on this computer)
  --behind-nat           nobody can connect to this computer: it connects to the senders that let it
  --msrp-relay URI       a relay that takes files for you, like "msrps://relay.example.net:2855;tcp", signed in to
                         like the server; several, the nearest first, are a chain
  --msrp-certificate FILE, --msrp-key FILE
                         PEM: who we are in encrypted transfers (default: a self-signed certificate of the data folder,
                         which the sender knows by its fingerprint). A sender who names no certificate is taken, and
                         shown as not proven; with --tls-ca it needs one that is vouched for`;

/** What is in the files that options name. */
export interface TransferFiles {
  /** That of `--tls-ca`. */
  readonly ca?: string | undefined;
  readonly identity?: Identity | undefined;
}

export interface Transfer {
  readonly account: Pick<AccountOptions, "behindNat" | "msrpRelay">;
  readonly agent: Pick<AgentOptions, "accept" | "acceptTypes" | "links" | "msrp">;
}

export function readTransfer(values: TransferValues, { ca, identity }: TransferFiles): Transfer {
  const given = values.accept === "rules" ? "ask" : values.accept;
  const relays = readRelays(values["msrp-relay"]);
  const networks = values["link-networks"];
  return {
    account: {
      ...(values["behind-nat"] === true && { behindNat: true }),
      ...(relays !== undefined && { msrpRelay: { relays } }),
    },
    agent: {
      // What the command line does not say must not override what a person has set: `ask` is the agent's own default.
      ...(given !== undefined && { accept: oneOf(given, ["all", "none", "ask"], "--accept") }),
      ...acceptTypes(values["accept-types"]),
      links: {
        ...(networks !== undefined && { networks: readNetworks(networks) }),
        // Links lead to the open internet too: there, what everybody trusts is trusted.
        ...(ca !== undefined && { ca: [...rootCertificates, ca].join("\n") }),
      },
      msrp: {
        ...(values.msrp !== undefined && parseHostPort(values.msrp, "--msrp")),
        ...(ca !== undefined && { ca }),
        ...(identity !== undefined && { identity }),
      },
    },
  };
}

/** What `--msrp-relay` says. */
export function readRelays(relays: readonly string[] | undefined): readonly string[] | undefined {
  const wrong = relays?.find((uri) => !/^msrps?:\/\/[^/;\s]+;tcp$/i.test(uri));
  if (wrong !== undefined) throw usage(`--msrp-relay: ${wrong} is no msrps://HOST:PORT;tcp`);
  return relays;
}

function readNetworks(list: string): readonly string[] {
  const networks = split(list);
  for (const network of networks) {
    try {
      publicOrIn([network]);
    } catch {
      throw usage(`--link-networks: ${network} is no network; it looks like 192.168.1.0/24`);
    }
  }
  return networks;
}

function acceptTypes(list: string | undefined): Pick<AgentOptions, "acceptTypes"> {
  if (list === undefined) return {};
  const types = split(list);
  const wrong = types.find((type) => !/^[\w!#$&^.+-]+\/(?:\*|[\w!#$&^.+-]+)$/.test(type));
  if (wrong !== undefined) throw usage(`--accept-types: ${wrong} is no type; it looks like image/png or image/*`);
  return { acceptTypes: types };
}

const split = (list: string): readonly string[] => list.split(",").map((text) => text.trim());
