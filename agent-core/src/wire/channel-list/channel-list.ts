/**
 * The list of channels a DCD server offers and a person has: application/vnd.dcd-channels+xml, this profile's own
 * (docs/channels.md; body of NOTIFY for the event package dcd-channels). Refuses another root, missing or repeated
 * required parts, states and versions outside the schema, two channels of one id, more than LIMITS.channels.
 * Unknown elements and attributes are read over, and so is an optional part that makes no sense.
 */
import { type EpochMillis, epochMillis, LIMITS } from "../../kernel/index.ts";
import { formatXml, parseXml, type XmlElement, xmlChildren, xmlElement, xmlInvalid } from "../xml/index.ts";

export const CHANNEL_LIST_TYPE = "application/vnd.dcd-channels+xml";
const CHANNEL_LIST_NAMESPACE = "urn:x-dcd:params:xml:ns:channels";

const STATUSES = ["subscribed", "pending", "suspended", "available", "removed"] as const;
const DELIVERIES = ["push", "pull", "broadcast", "notification"] as const;

export type ChannelStatus = (typeof STATUSES)[number];
export type ChannelDelivery = (typeof DELIVERIES)[number];

export interface Channel {
  readonly id: string;
  /** Where a subscription to it is asked for. */
  readonly uri: string;
  readonly status: ChannelStatus;
  /** Text without blanks around it, as is every text here; may be empty where the channel is removed. */
  readonly name: string;
  readonly description?: string;
  readonly provider?: string;
  readonly categories: readonly string[];
  readonly contentTypes: readonly string[];
  readonly delivery: readonly ChannelDelivery[];
  /** Octets of its largest content. */
  readonly maxSize?: number;
  readonly networkPreference?: string;
  readonly updated?: EpochMillis;
}

export interface ChannelList {
  readonly version: number;
  readonly state: "full" | "partial";
  readonly aor: string;
  readonly channels: readonly Channel[];
}

export function parseChannelList(bytes: Uint8Array): ChannelList {
  const root = parseXml(bytes);
  if (root.name !== "channels" || root.namespace !== CHANNEL_LIST_NAMESPACE) throw xmlInvalid("root is not channels");
  const version = root.attributes.get("version")?.trim() ?? "";
  if (!/^[0-9]{1,10}$/.test(version) || Number(version) > 0xffff_ffff) throw xmlInvalid("channels: version");
  const state = root.attributes.get("state")?.trim();
  if (state !== "full" && state !== "partial") throw xmlInvalid("channels: state");
  const elements = xmlChildren(root, "channel");
  if (elements.length > LIMITS.channels) throw xmlInvalid("too many channels");
  const channels = elements.map(readChannel);
  if (new Set(channels.map(({ id }) => id)).size !== channels.length) throw xmlInvalid("two channels of one id");
  return { version: Number(version), state, aor: required(root, "aor"), channels };
}

function required(element: XmlElement, name: string): string {
  const value = element.attributes.get(name)?.trim();
  if (value === undefined || value === "") throw xmlInvalid(`${element.name}: ${name}`);
  return value;
}

function readChannel(element: XmlElement): Channel {
  const id = required(element, "id");
  const status = STATUSES.find((known) => known === required(element, "status"));
  if (status === undefined) throw xmlInvalid(`channel ${id}: status`);
  const texts = (name: string): string[] =>
    xmlChildren(element, name)
      .map(({ text }) => text.trim())
      .filter((text) => text !== "");
  const text = (name: string): string | undefined => {
    const [first, second] = texts(name);
    if (second !== undefined) throw xmlInvalid(`channel ${id}: second ${name}`);
    return first;
  };
  const name = text("name");
  if (name === undefined && status !== "removed") throw xmlInvalid(`channel ${id}: name`);
  const description = text("description");
  const provider = text("provider");
  const maxSize = readCount(text("max-size"));
  const networkPreference = text("network-preference");
  const updated = readDate(text("updated"));
  return {
    id,
    uri: required(element, "uri"),
    status,
    name: name ?? "",
    ...(description === undefined ? {} : { description }),
    ...(provider === undefined ? {} : { provider }),
    categories: texts("category"),
    contentTypes: texts("content-type"),
    delivery: texts("delivery").flatMap((word) => DELIVERIES.filter((known) => known === word)),
    ...(maxSize === undefined ? {} : { maxSize }),
    ...(networkPreference === undefined ? {} : { networkPreference }),
    ...(updated === undefined ? {} : { updated }),
  };
}

function readCount(text: string | undefined): number | undefined {
  if (text === undefined || !/^[0-9]{1,20}$/.test(text)) return undefined;
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
}

/** xs:dateTime; without a zone it is taken for UTC. */
function readDate(text: string | undefined): EpochMillis | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?$/.exec(text ?? "");
  const at = match === null ? Number.NaN : Date.parse(`${match[1]}${match[2] ?? "Z"}`);
  return Number.isNaN(at) ? undefined : epochMillis(at);
}

export function formatChannelList(list: ChannelList): Uint8Array {
  return formatXml(
    xmlElement("channels", CHANNEL_LIST_NAMESPACE, {
      attributes: [
        ["version", String(list.version)],
        ["state", list.state],
        ["aor", list.aor],
      ],
      children: list.channels.map(channelElement),
    }),
  );
}

function channelElement(channel: Channel): XmlElement {
  const children: XmlElement[] = [];
  const add = (name: string, text: string | undefined): void => {
    if (text !== undefined) children.push(xmlElement(name, CHANNEL_LIST_NAMESPACE, { text }));
  };
  add("name", channel.name);
  add("description", channel.description);
  add("provider", channel.provider);
  for (const category of channel.categories) add("category", category);
  for (const type of channel.contentTypes) add("content-type", type);
  for (const delivery of channel.delivery) add("delivery", delivery);
  add("max-size", channel.maxSize?.toString());
  add("network-preference", channel.networkPreference);
  add("updated", channel.updated === undefined ? undefined : new Date(channel.updated).toISOString());
  const { id, uri, status } = channel;
  return xmlElement("channel", CHANNEL_LIST_NAMESPACE, { attributes: Object.entries({ id, uri, status }), children });
}
