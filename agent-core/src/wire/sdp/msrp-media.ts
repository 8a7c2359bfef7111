/**
 * The m-line of an MSRP session (RFC 4975 §8, RFC 6135 §4, RFC 5547 for its file). Refuses a line in use without
 * path or accept-types, a path of more than LIMITS.msrpPathHops, one whose first hop does not fit the protocol, whose
 * URIs cannot be read, or whose last one names no session.
 */
import { InletError, LIMITS } from "../../kernel/index.ts";
import { type MsrpUri, parseMsrpUri } from "../msrp/index.ts";
import { attributeValue, type FileOffer, formatFileAttributes, readFileOffer } from "./file-attributes.ts";
import { type Fingerprint, readFingerprints } from "./fingerprint.ts";
import type { Place } from "./msrp-places.ts";
import { sdpInvalid } from "./sdp-lines.ts";
import type { Attribute, Connection, Direction, MediaDescription, SessionDescription } from "./session-description.ts";

export type MsrpProtocol = "TCP/MSRP" | "TCP/TLS/MSRP";
export type Setup = "active" | "passive" | "actpass";

export interface MsrpMedia {
  /** The session's own URI right-most, relays to the left of it. */
  readonly path: readonly string[];
  /** In order of preference; `*` and `type/*` are ranges. */
  readonly acceptTypes: readonly string[];
  /** Types accepted only inside a container such as message/cpim. */
  readonly acceptWrappedTypes: readonly string[];
  /** Octets of a complete message with its wrapper; absent: no bound is stated. */
  readonly maxSize?: number;
  readonly setup?: Setup;
  readonly protocol: MsrpProtocol;
  /** RFC 8122, of the certificates the peer may show. */
  readonly fingerprints?: readonly Fingerprint[];
  /** RFC 6714: connect to c= and m=, not to the path. */
  readonly cema?: true;
  /** c= and m=, where they name a place. Read, never written: what is written stands in the description. */
  readonly address?: Place;
  readonly file?: FileOffer;
}

export const isMsrpMedia = (media: MediaDescription): boolean =>
  media.media.toLowerCase() === "message" && msrpProtocol(media) !== undefined;

function msrpProtocol(media: MediaDescription): MsrpProtocol | undefined {
  const protocol = media.protocol.toUpperCase();
  return protocol === "TCP/MSRP" || protocol === "TCP/TLS/MSRP" ? protocol : undefined;
}

/**
 * @param session whose attributes stand in for setup and fingerprint (RFC 4145 §4, RFC 8122 §5), and whose c= for the line's.
 * A line with port 0 may lack everything: it is closed.
 */
export function readMsrpMedia(
  media: MediaDescription,
  session: Pick<SessionDescription, "attributes" | "connection"> = { attributes: [] },
): MsrpMedia {
  const inherited = session.attributes;
  const protocol = msrpProtocol(media);
  if (media.media.toLowerCase() !== "message" || protocol === undefined) throw sdpInvalid("m= is not MSRP");
  const value = (name: string): string | undefined => attributeValue(media.attributes, name);
  const path = words(value("path"));
  const acceptTypes = words(value("accept-types"));
  if (media.port !== 0) {
    if (path.length === 0) throw sdpInvalid("a=path missing");
    if (acceptTypes.length === 0) throw sdpInvalid("a=accept-types missing");
  }
  if (path.length > LIMITS.msrpPathHops) throw sdpInvalid("a=path: too many hops");
  const uris = path.map(readUri);
  const secure = protocol === "TCP/TLS/MSRP";
  const [first] = uris;
  if (first !== undefined && first.secure !== secure) throw sdpInvalid(`a=path: not for ${protocol}`);
  if (first !== undefined && uris.at(-1)?.sessionId === undefined) throw sdpInvalid("a=path: no session-id");
  const maxSize = parseMaxSize(value("max-size"));
  const setup = parseSetup(value("setup") ?? attributeValue(inherited, "setup"));
  const fingerprints = readFingerprints(media.attributes, inherited);
  const file = readFileOffer(media.attributes);
  const address = addressOf(media, session.connection);
  return {
    path,
    acceptTypes,
    acceptWrappedTypes: words(value("accept-wrapped-types")),
    ...(maxSize === undefined ? {} : { maxSize }),
    ...(setup === undefined ? {} : { setup }),
    protocol,
    ...(fingerprints.length === 0 ? {} : { fingerprints }),
    ...(value("msrp-cema") === undefined ? {} : { cema: true }),
    ...(address === undefined ? {} : { address }),
    ...(file === undefined ? {} : { file }),
  };
}

function readUri(text: string): MsrpUri {
  try {
    return parseMsrpUri(text);
  } catch (error) {
    throw error instanceof InletError ? sdpInvalid("a=path: no MSRP URI") : error;
  }
}

/** Port 9 is that of nobody (RFC 4145 §4.1). */
function addressOf({ port, connection }: MediaDescription, inherited: Connection | undefined): Place | undefined {
  const host = (connection ?? inherited)?.address;
  if (host === undefined || /^0\.0\.0\.0$|^::$|\//.test(host) || port === 0 || port === 9) return undefined;
  return { host, port };
}

const words = (text: string | undefined): readonly string[] =>
  text === undefined ? [] : text.split(/[ \t]/).filter((word) => word !== "");

/** More than can be counted is as good as no bound, but stays one. */
function parseMaxSize(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[0-9]+$/.test(text)) throw sdpInvalid("a=max-size");
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** holdconn has no meaning for MSRP (RFC 6135 §4.2). */
function parseSetup(text: string | undefined): Setup | undefined {
  const value = text?.toLowerCase();
  if (value === undefined || value === "active" || value === "passive" || value === "actpass") return value;
  throw sdpInvalid("a=setup");
}

/** Everything an m-line of ours needs beside what `MsrpMedia` says. */
export interface MsrpLinePlace {
  readonly port: number;
  /** Where it differs from that of the whole offer. */
  readonly connection?: Connection;
  readonly direction: Direction;
  /** i=, a sentence for a person; line breaks become blanks. */
  readonly title?: string;
}

export function formatMsrpMedia(msrp: MsrpMedia, place: MsrpLinePlace): MediaDescription {
  return {
    media: "message",
    port: place.port,
    protocol: msrp.protocol,
    formats: ["*"],
    ...(place.title === undefined ? {} : { title: place.title.replace(/[\r\n\0]+/g, " ") }),
    ...(place.connection !== undefined && { connection: place.connection }),
    direction: place.direction,
    attributes: [...formatMsrpAttributes(msrp), ...(msrp.file === undefined ? [] : formatFileAttributes(msrp.file))],
  };
}

export function formatMsrpAttributes(msrp: Omit<MsrpMedia, "file" | "protocol" | "address">): readonly Attribute[] {
  const attributes: Attribute[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined) attributes.push({ name, value });
  };
  const list = (items: readonly string[]): string | undefined => (items.length === 0 ? undefined : items.join(" "));
  add("setup", msrp.setup);
  add("accept-types", list(msrp.acceptTypes));
  add("accept-wrapped-types", list(msrp.acceptWrappedTypes));
  add("max-size", msrp.maxSize?.toString());
  add("path", list(msrp.path));
  for (const { algorithm, value } of msrp.fingerprints ?? []) add("fingerprint", `${algorithm} ${value}`);
  if (msrp.cema) attributes.push({ name: "msrp-cema" });
  return attributes;
}
