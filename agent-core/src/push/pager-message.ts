/**
 * Content that comes in a SIP message of its own (RFC 3428, seed 001 §5) or in a NOTIFY becomes items, one a part: stored
 * durably before the 200, in one commit. Its text is shown as text, whatever its type; content of other types is kept
 * and shown as a card. What it names by its address becomes an offer.
 */
import type { Item } from "../contract/index.ts";
import { ERRORS, InletError, LIMITS, randomToken } from "../kernel/index.ts";
import type { IncomingRequest } from "../sip/index.ts";
import type { NewItem } from "../store/index.ts";
import { type MultipartPart, mimeHeader } from "../wire/multipart/index.ts";
import { headerValue, pushReferences, type SipRequest } from "../wire/sip/index.ts";
import { ownHost, type PushEnvironment } from "./environment.ts";
import { type MessageParts, partName, readMessageParts } from "./message-parts.ts";
import type { Offers } from "./offers.ts";
import { refusalHeaders } from "./refuse-offer.ts";
import { minuteOfDay, type RuleSubject, ruleOn } from "./rule.ts";
import { senderOf } from "./sender.ts";

export function receiveMessage(
  environment: PushEnvironment,
  offers: Offers,
  account: string,
  incoming: IncomingRequest,
): void {
  receiveContent(environment, offers, account, incoming.request).then(
    () => incoming.respond(200),
    (error: unknown) => {
      const known = error instanceof InletError;
      const { code, detail } = known ? error : { code: "INLET_INTERNAL" as const, detail: `${(error as Error).stack}` };
      environment.log(known ? "info" : "error", "push.message.refused", { code, detail });
      const headers = known ? refusalHeaders(error, ownHost(environment, account)) : [];
      incoming.respond(ERRORS[code].sip ?? 500, { headers });
    },
  );
}

/** Resolves when what the request holds is on disk. */
export async function receiveContent(
  environment: PushEnvironment,
  offers: Offers,
  account: string,
  request: SipRequest,
): Promise<void> {
  const from = senderOf(request);
  if (!environment.rate.take(from)) throw new InletError("INLET_TOO_MANY_PUSHES");
  const message = readMessageParts(request);
  const channel = environment.channelOf(account, request);
  const contents = itemsOf(request, message).map((content) => ({
    ...content,
    ...letIn(environment, { ...content, from, channel, ...pushReferences(request) }),
  }));
  const openOffer = offers.readLinks(account, request, message);
  const common = {
    account,
    kind: "message" as const,
    from,
    ...(channel !== undefined && { channel }),
    verified: "unstated" as const,
    receivedAt: new Date(environment.clock.now()).toISOString(),
  };
  const items = contents.map((item) => ({ ...common, ...item, id: randomToken(96) }));
  const [first] = await Promise.all(items.map((item) => environment.addItem(item)));
  await openOffer?.();
  if (first !== undefined) environment.receipts.stored(first, message.envelope);
}

/**
 * By the person's rules; nobody is asked about a message. INLET_OFFER_RULED_OUT, INLET_OFFER_UNTRUSTED: of this one nothing is
 * taken.
 */
function letIn(environment: PushEnvironment, subject: Omit<RuleSubject, "minute">): Pick<Item, "acceptedBy" | "rule"> {
  const minute = minuteOfDay(environment.clock.now());
  const { action, by, rule } = ruleOn({ ...subject, minute }, environment.rules(), "all");
  if (action === "reject") throw new InletError(by === "trust" ? "INLET_OFFER_UNTRUSTED" : "INLET_OFFER_RULED_OUT");
  return by === "rule" && rule !== undefined ? { acceptedBy: "rule", rule } : {};
}

type Content = Pick<NewItem, "name" | "type" | "size" | "body"> &
  Pick<Item, "text" | "description" | "disposition" | "sentAt" | "author">;

/** Exported for its tests. */
export function itemsOf(request: SipRequest, { envelope, parts }: MessageParts): readonly Content[] {
  const { author, sentAt } = envelope;
  const subject = headerValue(request, "subject") ?? envelope.subject;
  return parts.map((part, index): Content => {
    const { contentType, body, disposition } = part;
    const { mediaType: type, parameters } = contentType;
    const text = type.startsWith("text/") ? decode(body, parameters.get("charset")) : undefined;
    const description = mimeHeader(part.headers, "Content-Description")?.trim();
    const name = [partName(part), index === 0 ? subject : undefined, firstLine(text), description, type].find(
      (one) => one !== undefined && one.trim() !== "",
    );
    return {
      name: (name ?? type).trim().slice(0, 200),
      type,
      size: body.length,
      body,
      ...(text !== undefined && { text: text.slice(0, LIMITS.messageText) }),
      ...(description !== undefined && description !== "" && { description: description.slice(0, 1000) }),
      ...(disposition !== undefined && { disposition: disposition.type.slice(0, 80) }),
      ...(sentAt !== undefined && { sentAt }),
      ...(author !== undefined && { author }),
    };
  });
}

const UTF8 = new TextDecoder();

/** A charset that is not known, or lies, costs characters, never the message. */
function decode(body: MultipartPart["body"], charset = "utf-8"): string {
  if (charset.toLowerCase() === "utf-8") return UTF8.decode(body);
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return UTF8.decode(body);
  }
}

const TITLE = 80;

function firstLine(text: string | undefined): string | undefined {
  const line = text
    ?.split(/\r?\n/)
    .find((one) => one.trim() !== "")
    ?.trim();
  return line !== undefined && line.length > TITLE ? `${line.slice(0, TITLE - 1)}…` : line;
}
