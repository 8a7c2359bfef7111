/**
 * A session description (RFC 8866) as far as this profile uses it. Refuses a missing or repeated v=, o=, s=, a
 * missing t=, lines that do not follow their grammar (named in the error), letters RFC 8866 does not know, and more
 * than LIMITS.sdpMedia m-lines. What the profile has no use for (u= e= p= r= z= k=) is read over.
 */
import { LIMITS } from "../../kernel/index.ts";
import { formatSdpLine, readSdpLines, type SdpLine, sdpInvalid } from "./sdp-lines.ts";

export type Direction = "sendonly" | "recvonly" | "sendrecv" | "inactive";

export interface Origin {
  readonly username: string;
  /** Decimal digits, too many for a number. */
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly netType: string;
  readonly addrType: string;
  readonly address: string;
}

export interface Connection {
  readonly addrType: string;
  /** With `/ttl` and `/count` where the address is a multicast one. */
  readonly address: string;
}

export interface Attribute {
  readonly name: string;
  /** What follows the colon, as it stands; absent for a property attribute. */
  readonly value?: string;
}

export interface MediaDescription {
  readonly media: string;
  readonly port: number;
  /** Number of ports where more than one is meant (`m=video 49170/2 …`). */
  readonly portCount?: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  /** i= */
  readonly title?: string;
  readonly connection?: Connection;
  /** b= lines, as they stand. */
  readonly bandwidth?: readonly string[];
  /** The line's own, else the session's, else sendrecv; never among `attributes`. */
  readonly direction: Direction;
  readonly attributes: readonly Attribute[];
}

export interface SessionDescription {
  readonly origin: Origin;
  /** Empty where s= holds nothing, a blank or `-`. */
  readonly name: string;
  readonly title?: string;
  readonly connection?: Connection;
  /** t=, seconds of NTP time; absent for the usual `0 0`. */
  readonly timing?: { readonly start: number; readonly stop: number };
  /** Session-level, without directions. */
  readonly attributes: readonly Attribute[];
  readonly media: readonly MediaDescription[];
}

const DIRECTIONS: readonly string[] = ["sendonly", "recvonly", "sendrecv", "inactive"] satisfies Direction[];
const isDirection = (name: string): name is Direction => DIRECTIONS.includes(name);

/** Collects the lines of one level: the session, or one m-line. */
interface Level {
  attributes: Attribute[];
  bandwidth: string[];
  direction?: Direction;
  title?: string;
  connection?: Connection;
}

const newLevel = (): Level => ({ attributes: [], bandwidth: [] });

export function parseSessionDescription(source: Uint8Array | string): SessionDescription {
  const lines = readSdpLines(typeof source === "string" ? new TextEncoder().encode(source) : source);
  const firstMedia = lines.findIndex((line) => line.type === "m");
  const head = firstMedia < 0 ? lines : lines.slice(0, firstMedia);
  const version = head[0];
  if (version?.type !== "v") throw sdpInvalid("line 1: v= missing");
  if (version.value.trim() !== "0") throw sdpInvalid("line 1: v=");
  const origin = parseOrigin(single(head, "o"));
  const name = single(head, "s").value;
  const timing = parseTiming(head.find((line) => line.type === "t"));
  const session = newLevel();
  for (const line of head) if (!"vost".includes(line.type)) readLevelLine(session, line);

  const media: MediaDescription[] = [];
  for (let at = head.length; at < lines.length; ) {
    const next = lines.findIndex((line, i) => i > at && line.type === "m");
    const end = next < 0 ? lines.length : next;
    if (media.length === LIMITS.sdpMedia) throw sdpInvalid(`line ${lines[at]?.number}: too many m-lines`);
    media.push(parseMedia(lines.slice(at, end), session.direction ?? "sendrecv"));
    at = end;
  }
  return {
    origin,
    name: name === "-" || name === " " ? "" : name,
    ...(session.title === undefined ? {} : { title: session.title }),
    ...(session.connection === undefined ? {} : { connection: session.connection }),
    ...(timing === undefined ? {} : { timing }),
    attributes: session.attributes,
    media,
  };
}

function single(lines: readonly SdpLine[], type: string): SdpLine {
  const [line, second] = lines.filter((candidate) => candidate.type === type);
  if (line === undefined) throw sdpInvalid(`${type}= missing`);
  if (second !== undefined) throw sdpInvalid(`line ${second.number}: second ${type}=`);
  return line;
}

const fields = (value: string): string[] => value.split(" ").filter((field) => field !== "");
const isDigits = (text: string | undefined): text is string => text !== undefined && /^[0-9]+$/.test(text);
const bad = (line: SdpLine): Error => sdpInvalid(`line ${line.number}: ${line.type}=`);

function parseOrigin(line: SdpLine): Origin {
  const [username, sessionId, sessionVersion, netType, addrType, address, more] = fields(line.value);
  if (username === undefined || netType === undefined || addrType === undefined) throw bad(line);
  if (!isDigits(sessionId) || !isDigits(sessionVersion) || address === undefined || more !== undefined) throw bad(line);
  return { username, sessionId, sessionVersion, netType, addrType, address };
}

function parseTiming(line: SdpLine | undefined): SessionDescription["timing"] {
  if (line === undefined) throw sdpInvalid("t= missing");
  const [start, stop, more] = fields(line.value);
  if (!isDigits(start) || !isDigits(stop) || more !== undefined) throw bad(line);
  const timing = { start: Number(start), stop: Number(stop) };
  if (!Number.isSafeInteger(timing.start) || !Number.isSafeInteger(timing.stop)) throw bad(line);
  return timing.start === 0 && timing.stop === 0 ? undefined : timing;
}

/** `m=0`, which the seed writes for a refused line, has no port to set to zero and is refused. */
function parseMedia(lines: readonly SdpLine[], inherited: Direction): MediaDescription {
  const [first, ...rest] = lines;
  if (first === undefined) throw sdpInvalid("m= missing");
  const [media, ports = "", protocol, ...formats] = fields(first.value);
  const [port, portCount] = ports.split("/");
  if (media === undefined || protocol === undefined || formats.length === 0) throw bad(first);
  if (!isDigits(port) || Number(port) > 65_535) throw bad(first);
  if (portCount !== undefined && (!isDigits(portCount) || Number(portCount) > 65_535)) throw bad(first);
  const level = newLevel();
  for (const line of rest) {
    if (!"icbka".includes(line.type)) throw sdpInvalid(`line ${line.number}: ${line.type}= after m=`);
    readLevelLine(level, line);
  }
  return {
    media,
    port: Number(port),
    ...(portCount === undefined ? {} : { portCount: Number(portCount) }),
    protocol,
    formats,
    ...(level.title === undefined ? {} : { title: level.title }),
    ...(level.connection === undefined ? {} : { connection: level.connection }),
    ...(level.bandwidth.length === 0 ? {} : { bandwidth: level.bandwidth }),
    direction: level.direction ?? inherited,
    attributes: level.attributes,
  };
}

function readLevelLine(level: Level, line: SdpLine): void {
  switch (line.type) {
    case "i":
      level.title ??= line.value;
      return;
    case "c":
      level.connection ??= parseConnection(line);
      return;
    case "b":
      level.bandwidth.push(line.value);
      return;
    case "a":
      readAttribute(level, line);
      return;
    default:
      // RFC 8866 §5: a description with an unknown type letter is not to be used at all.
      if (!"uepkrz".includes(line.type)) throw bad(line);
  }
}

function parseConnection(line: SdpLine): Connection {
  const [netType, addrType, address, more] = fields(line.value);
  if (netType !== "IN" || addrType === undefined || address === undefined || more !== undefined) throw bad(line);
  return { addrType, address };
}

function readAttribute(level: Level, line: SdpLine): void {
  const colon = line.value.indexOf(":");
  const name = colon < 0 ? line.value.trimEnd() : line.value.slice(0, colon);
  if (name === "" || /[\s"]/.test(name)) throw bad(line);
  if (colon < 0 && isDirection(name)) {
    if (level.direction !== undefined && level.direction !== name) throw sdpInvalid(`line ${line.number}: a=${name}`);
    level.direction = name;
    return;
  }
  level.attributes.push(colon < 0 ? { name } : { name, value: line.value.slice(colon + 1) });
}

export function formatSessionDescription(description: SessionDescription): string {
  const { origin, timing = { start: 0, stop: 0 } } = description;
  const { username, sessionId, sessionVersion, netType, addrType, address } = origin;
  let text = formatSdpLine("v", "0");
  text += formatSdpLine("o", [username, sessionId, sessionVersion, netType, addrType, address].join(" "));
  text += formatSdpLine("s", description.name === "" ? "-" : description.name);
  if (description.title !== undefined) text += formatSdpLine("i", description.title);
  text += formatConnection(description.connection);
  text += formatSdpLine("t", `${timing.start} ${timing.stop}`);
  text += formatAttributes(description.attributes);
  return text + description.media.map(formatMedia).join("");
}

function formatMedia(media: MediaDescription): string {
  const port = media.portCount === undefined ? `${media.port}` : `${media.port}/${media.portCount}`;
  let text = formatSdpLine("m", [media.media, port, media.protocol, ...media.formats].join(" "));
  if (media.title !== undefined) text += formatSdpLine("i", media.title);
  text += formatConnection(media.connection);
  for (const value of media.bandwidth ?? []) text += formatSdpLine("b", value);
  // sendrecv is what absence means (RFC 3264 §5.1); a refused line then states no direction at all.
  if (media.direction !== "sendrecv") text += formatSdpLine("a", media.direction);
  return text + formatAttributes(media.attributes);
}

const formatConnection = (connection: Connection | undefined): string =>
  connection === undefined ? "" : formatSdpLine("c", `IN ${connection.addrType} ${connection.address}`);

const formatAttributes = (attributes: readonly Attribute[]): string =>
  attributes.map(({ name, value }) => formatSdpLine("a", value === undefined ? name : `${name}:${value}`)).join("");
