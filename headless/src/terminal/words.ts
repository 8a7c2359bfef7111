/** Events as lines for a person at a terminal. */
import { basename } from "node:path";
import type { AgentEvent } from "@inlet/agent-core/contract";
import { plain } from "./plain.ts";

type EventOf<Name extends AgentEvent["event"]> = Extract<AgentEvent, { event: Name }>;

/** 10^3, as the interface says sizes. */
export function size(octets: number | undefined): string {
  if (octets === undefined) return "size unknown";
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = octets;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return unit === 0 ? `${value} ${value === 1 ? "byte" : "bytes"}` : `${value.toFixed(1)} ${units[unit]}`;
}

export const nameOf = (name: string, longest = 120): string => plain(name, longest) || "(name not stated)";

/** Who it is: a vouched-for address over a name that anybody can claim. */
export function who(from: EventOf<"offer">["from"]): string {
  const address = plain(from.asserted ?? from.uri);
  return from.name === undefined || from.name === "" ? address : `${plain(from.name, 60)} (${address})`;
}

const REGISTRATION: Record<EventOf<"registration">["state"], string> = {
  connecting: "Connecting as",
  registered: "Registered as",
  refreshing: "Refreshing",
  lost: "Connection lost for",
  rejected: "Refused by the server:",
  unregistered: "Unregistered",
};

const RELAY: Record<EventOf<"relay">["state"], string> = {
  connecting: "Connecting to the relay of",
  ready: "The relay takes files for",
  lost: "No connection to the relay of",
  rejected: "Refused by the relay:",
};

const OUTCOME: Record<EventOf<"offerEnded">["outcome"], string> = {
  completed: "Everything that was accepted was received",
  partial: "Only a part was received",
  rejected: "The offer was rejected",
  cancelled: "The offer was cancelled",
  failed: "The offer failed",
  expired: "The offer expired",
};

/** The rest of a long message is in the inbox. */
const MESSAGE_LINES = 40;

const VERIFIED = { yes: "verified", no: "hash does not match", unstated: "not verifiable: no hash was offered" };

const ENCRYPTION = { none: "not encrypted", unproven: "encrypted, sender not proven", proven: "encrypted" };

export const registrationLine = (event: EventOf<"registration">): string =>
  `${REGISTRATION[event.state]} ${plain(event.account)}${because(event.reason)}`;

export const relayLine = (event: EventOf<"relay">): string =>
  `${RELAY[event.state]} ${plain(event.account)}${because(event.reason)}`;

export const folderLine = (event: EventOf<"folder">): string =>
  `Files can be received into ${plain(event.path)} again.`;

export function offerLines(event: EventOf<"offer">): string[] {
  const count = event.files.length === 1 ? "1 file" : `${event.files.length} files`;
  const files = event.files.map(
    ({ index, name, type, size: octets, url, alreadyHave, received, free, encryption, unacceptable }) =>
      `  ${index}  ${[
        `${nameOf(name, 200)}  ${plain(type ?? "type unknown", 80)}`,
        size(octets),
        ...(url === undefined ? [] : [`would be fetched from ${plain(url, 300)}`]),
        ...(encryption === undefined ? [] : [ENCRYPTION[encryption]]),
        ...(alreadyHave === undefined ? [] : ["you already have this"]),
        ...(received === undefined ? [] : [`${size(received)} of it are here`]),
        ...(free === undefined ? [] : [`only ${size(free)} are free on the disk`]),
        ...(unacceptable === undefined ? [] : [`cannot be received: ${plain(unacceptable.text, 300)}`]),
      ].join(", ")}`,
  );
  return [`${who(event.from)} offers ${count}:`, ...files];
}

export function itemLines(event: EventOf<"item">): string[] {
  if (event.kind !== "file") {
    const text = (event.text ?? event.name).trim().split(/\r\n|\r|\n/);
    // Behind a bar, so that no line of a message passes for one of ours.
    const lines = text.slice(0, MESSAGE_LINES).map((line) => `  | ${plain(line, 1000)}`);
    return [`${event.kind === "link" ? "Link" : "Message"} from ${who(event.from)}:`, ...lines];
  }
  const where = plain(event.path ?? basename(event.name), 4096);
  return [`Received ${plain(event.name)} (${size(event.size)}, ${VERIFIED[event.verified]}): ${where}`];
}

export const offerEndedLine = (event: EventOf<"offerEnded">): string =>
  `${OUTCOME[event.outcome]}${because(event.reason)}.`;

export const progressLine = (name: string, event: EventOf<"transfer">): string => {
  const share =
    event.size === undefined || event.size === 0 ? "" : `${Math.floor((100 * event.received) / event.size)} %, `;
  return `Receiving ${plain(name, 40)}: ${share}${size(event.received)}`;
};

export const errorLine = (event: EventOf<"error">): string => `${plain(event.text, 500)} [${plain(event.code, 60)}]`;

const because = (reason: { readonly text: string } | undefined): string =>
  reason === undefined ? "" : `: ${plain(reason.text, 500).replace(/\.$/, "")}`;
