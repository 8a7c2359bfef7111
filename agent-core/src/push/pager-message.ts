/**
 * A SIP MESSAGE becomes an item (RFC 3428, seed 001 §5): stored durably before its 200. Its text is shown as text,
 * whatever its type; content of other types is kept and shown as a card.
 */
import { ERRORS, InletError, LIMITS, randomToken } from "../kernel/index.ts";
import type { IncomingRequest } from "../sip/index.ts";
import type { NewItem } from "../store/index.ts";
import { type CpimMessage, parseCpimMessage, unescapeCpim } from "../wire/cpim/index.ts";
import { parseContentType } from "../wire/multipart/index.ts";
import { headerValue, type SipRequest } from "../wire/sip/index.ts";
import type { PushEnvironment } from "./environment.ts";
import { senderOf } from "./sender.ts";

export function receiveMessage(environment: PushEnvironment, account: string, incoming: IncomingRequest): void {
  receive(environment, account, incoming.request).then(
    () => incoming.respond(200),
    (error: unknown) => {
      const known = error instanceof InletError;
      const { code, detail } = known ? error : { code: "INLET_INTERNAL" as const, detail: `${(error as Error).stack}` };
      environment.log(known ? "info" : "error", "push.message.refused", { code, detail });
      incoming.respond(ERRORS[code].sip ?? 500);
    },
  );
}

async function receive(environment: PushEnvironment, account: string, request: SipRequest): Promise<void> {
  const item = readMessage(request);
  const channel = environment.channelOf(account, request);
  await environment.addItem({
    id: randomToken(96),
    account,
    kind: "message",
    ...(channel !== undefined && { channel }),
    verified: "unstated",
    receivedAt: new Date(environment.clock.now()).toISOString(),
    ...item,
  });
}

type MessageContent = Pick<NewItem, "from" | "name" | "type" | "size"> & {
  readonly text?: string;
  readonly body: Uint8Array;
};

export function readMessage(request: SipRequest): MessageContent {
  const outer = parseContentType(headerValue(request, "content-type") ?? "text/plain");
  if (outer === undefined) throw new InletError("INLET_SIP_SYNTAX", "Content-Type");
  const cpim = outer.mediaType === "message/cpim" ? parseCpimMessage(request.body) : undefined;
  const { mediaType: type, parameters } = cpim?.contentType ?? outer;
  const body = cpim?.body ?? request.body;
  const text = type.startsWith("text/") ? decode(body, parameters.get("charset")) : undefined;
  const subject = headerValue(request, "subject") ?? subjectOf(cpim);
  return {
    from: senderOf(request),
    name: titleOf(subject, text, type),
    type,
    size: body.length,
    ...(text !== undefined && { text: text.slice(0, LIMITS.messageText) }),
    body,
  };
}

function subjectOf(cpim: CpimMessage | undefined): string | undefined {
  const value = cpim?.headers.find(({ name }) => name === "Subject")?.value;
  return value === undefined ? undefined : unescapeCpim(value);
}

/** A charset that is not known, or lies, costs characters, never the message. */
function decode(body: Uint8Array, charset = "utf-8"): string {
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return new TextDecoder("utf-8").decode(body);
  }
}

const TITLE = 80;

function titleOf(subject: string | undefined, text: string | undefined, type: string): string {
  if (subject !== undefined && subject.trim() !== "") return subject.trim().slice(0, 200);
  const line = text
    ?.split(/\r?\n/)
    .find((l) => l.trim() !== "")
    ?.trim();
  if (line === undefined) return type;
  return line.length > TITLE ? `${line.slice(0, TITLE - 1)}…` : line;
}
