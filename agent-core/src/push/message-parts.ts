/**
 * What a message holds (RFC 3428, RFC 3862, RFC 2046): each part that a person can have, in order, out of whatever it is
 * wrapped in; and the addresses of content that lies elsewhere. Left out, since nobody wrote them for a person: signs of
 * typing, notifications about other messages, icons. Of alternatives the richest is taken that can be shown without being
 * interpreted. Refuses (INLET_SIP_SYNTAX, INLET_MULTIPART_INVALID, INLET_CPIM_INVALID, INLET_LINK_INVALID) a body that is
 * not what it says; what is damaged further inside stays one part as it came. Pure.
 */
import type { Party } from "../contract/index.ts";
import { InletError, LIMITS, readable } from "../kernel/index.ts";
import {
  type CpimHead,
  cpimRequired,
  cpimValues,
  parseCpimAddress,
  parseCpimMessage,
  unescapeCpim,
} from "../wire/cpim/index.ts";
import { describedPart, EXTERNAL_BODY, type ExternalBody, parseExternalBody } from "../wire/external-body/index.ts";
import { IMDN_NAMESPACE, IMDN_TYPE, type ImdnRequest, imdnRequest } from "../wire/imdn/index.ts";
import {
  createPart,
  dispositionFileName,
  type MimeHeader,
  type MultipartPart,
  mimeHeader,
  parseContentType,
  parseMultipart,
} from "../wire/multipart/index.ts";
import { headerValue, type SipRequest } from "../wire/sip/index.ts";

/** What the envelope says (RFC 3862 §3): claims of who wrote it, not of who sent it. */
export interface Envelope {
  readonly author?: Pick<Party, "uri" | "name">;
  readonly subject?: string;
  /** ISO 8601. */
  readonly sentAt?: string;
  readonly receipt?: ImdnRequest;
}

export interface LinkPart {
  readonly link: ExternalBody;
  /** The content, without its octets. */
  readonly part: MultipartPart;
}

export interface MessageParts {
  readonly envelope: Envelope;
  readonly parts: readonly MultipartPart[];
  readonly links: readonly LinkPart[];
}

const COMPOSING = "application/im-iscomposing+xml";
const UNSEEN: ReadonlySet<string> = new Set(["icon", "notification", "aib"]);
const MIME_HEADERS = ["Content-Type", "Content-Disposition", "Content-Description", "Content-Transfer-Encoding"];

export function readMessageParts(request: SipRequest): MessageParts {
  const headers = MIME_HEADERS.flatMap((name): MimeHeader[] => {
    const value = headerValue(request, name.toLowerCase());
    return value === undefined ? [] : [[name, value]];
  });
  const type = mimeHeader(headers, "Content-Type");
  if (type !== undefined && parseContentType(type) === undefined)
    throw new InletError("INLET_SIP_SYNTAX", "Content-Type");
  const reader = new PartReader();
  reader.read(createPart(headers, request.body), 0);
  return reader;
}

class PartReader implements MessageParts {
  readonly parts: MultipartPart[] = [];
  readonly links: LinkPart[] = [];
  envelope: Envelope = {};
  #seen = 0;

  read(part: MultipartPart, depth: number): void {
    if (++this.#seen > LIMITS.multipartParts) throw new InletError("INLET_MULTIPART_INVALID", "too many parts");
    const { mediaType } = part.contentType;
    if (mediaType === COMPOSING || mediaType === IMDN_TYPE || UNSEEN.has(part.disposition?.type ?? "")) return;
    try {
      if (depth < LIMITS.messageDepth && this.#readInside(part, depth)) return;
    } catch (error) {
      if (depth === 0 || !(error instanceof InletError) || this.#seen > LIMITS.multipartParts) throw error;
    }
    this.parts.push(part);
  }

  /** False: it is no wrapper of others. */
  #readInside(part: MultipartPart, depth: number): boolean {
    const { contentType, body } = part;
    const { mediaType } = contentType;
    if (mediaType === EXTERNAL_BODY) {
      const link = parseExternalBody(contentType, body);
      this.links.push({ link, part: describedPart(link) });
    } else if (mediaType === "message/cpim") {
      const message = parseCpimMessage(body);
      checkRequired(message);
      // The one further out is nearer to who sent it.
      this.envelope = { ...readEnvelope(message), ...this.envelope };
      this.read(createPart(message.mimeHeaders, message.body), depth + 1);
    } else if (mediaType.startsWith("multipart/")) {
      for (const inner of chosen(part, parseMultipart(contentType, body))) this.read(inner, depth + 1);
    } else return false;
    return true;
  }
}

/** Those of a multipart that count, the one that leads first. */
function chosen({ contentType }: MultipartPart, inner: readonly MultipartPart[]): readonly MultipartPart[] {
  switch (contentType.mediaType) {
    case "multipart/alternative": {
      // Sent in order of richness (RFC 2046 §5.1.4); what would have to be interpreted comes last here.
      const best = inner.findLast((one) => !/html|^text\/(?:enriched|richtext|rtf)$/.test(one.contentType.mediaType));
      return [best ?? inner.at(-1)].filter((one) => one !== undefined);
    }
    case "multipart/related": {
      const start = contentType.parameters.get("start")?.replace(/[<> \t]/g, "");
      const root = inner.find(({ contentId }) => start !== undefined && contentId === start);
      return root === undefined ? inner : [root, ...inner.filter((one) => one !== root)];
    }
    default:
      return inner;
  }
}

/** INLET_BODY_TYPE_UNSUPPORTED: it requires what nobody here knows (RFC 3862 §2.3.7). */
function checkRequired({ headers }: Pick<CpimHead, "headers">): void {
  const known = new Set(headers.filter(({ name }) => name.includes(".")).map(({ name }) => name));
  const foreign = cpimRequired(headers).find((name) => !known.has(name) || !isImdn(headers, name));
  if (foreign !== undefined) throw new InletError("INLET_BODY_TYPE_UNSUPPORTED", `CPIM ${foreign.slice(0, 80)}`);
}

/** Also of a file that came in an envelope. */
export function readEnvelope({ headers }: Pick<CpimHead, "headers">): Envelope {
  const [from] = cpimValues(headers, "From");
  const [subject] = cpimValues(headers, "Subject");
  const sent = Date.parse(cpimValues(headers, "DateTime")[0] ?? "");
  const author = from === undefined ? undefined : authorOf(from);
  const receipt = imdnRequest(headers);
  return {
    ...(author !== undefined && { author }),
    ...(subject !== undefined && { subject: unescapeCpim(subject) }),
    ...(sent >= 0 && sent < YEAR_10000 && { sentAt: new Date(sent).toISOString() }),
    ...(receipt !== undefined && { receipt }),
  };
}

const YEAR_10000 = 253_402_300_800_000;

/** One that cannot be read is left out: who sent the message is known from SIP. */
function authorOf(value: string): Envelope["author"] {
  const address = readable(() => parseCpimAddress(value));
  if (address === undefined) return undefined;
  const { uri, name } = address;
  return { uri: uri.slice(0, 512), ...(name !== undefined && { name: name.slice(0, 200) }) };
}

const isImdn = (headers: CpimHead["headers"], name: string): boolean =>
  cpimValues(headers, name.slice(name.indexOf(".") + 1), IMDN_NAMESPACE).length > 0;

/** The name that the sender gave a part, as it came. */
export const partName = ({ disposition, contentType }: MultipartPart): string | undefined =>
  (disposition && dispositionFileName(disposition)) ?? contentType.parameters.get("name");
