/**
 * Content as one SIP MESSAGE (RFC 3428, seed 001 §5), of any type, or the address where it lies (RFC 4483). The 200 says
 * that the receiver has stored it: the content, or the address.
 */
import { epochMillis, InletError } from "@inlet/agent-core/kernel";
import { canAnswer } from "@inlet/agent-core/sip";
import { formatContentDisposition, formatExternalBody } from "@inlet/agent-core/wire";
import type { ConnectedAgent } from "./connected-agent.ts";
import { oneLine } from "./invite-receiver.ts";
import { type OutgoingFile, octetsOf, unreadable } from "./outgoing-file.ts";
import { LARGEST_MESSAGE } from "./send-method.ts";
import { checkSignedIn, type FileResult, refusal } from "./send-result.ts";

export interface PageMessage {
  readonly to: string;
  readonly from?: { readonly uri: string; readonly displayName?: string };
  readonly subject?: string;
  readonly text: string;
  /** Default text/plain. */
  readonly type?: string;
}

interface Page extends Pick<PageMessage, "to" | "from" | "subject"> {
  readonly contentType: string;
  readonly content: string | Uint8Array;
  /** Content-Disposition and Content-Description, where they say something. */
  readonly disposition?: string;
  readonly description?: string | undefined;
  readonly acceptContact?: readonly string[];
}

type Outcome = Omit<FileResult, "file">;

/** Fails with INLET_SEND_TEXT_TOO_LONG, INLET_AUTH_*, and the reason for which the connection ended. */
export function sendMessage(agent: ConnectedAgent, message: PageMessage): Promise<Outcome> {
  const { text, type = "text/plain", ...rest } = message;
  if (Buffer.byteLength(text) > LARGEST_MESSAGE) throw new InletError("INLET_SEND_TEXT_TOO_LONG");
  return sendPage(agent, { ...rest, contentType: `${type};charset=UTF-8`, content: text });
}

export type FilePage = Pick<Page, "to" | "subject" | "acceptContact"> & { readonly file: OutgoingFile };

/** A small file as it is; plain text is a message to be read. Fails likewise, and with INLET_FILE_UNREADABLE. */
export async function sendFileAsMessage(agent: ConnectedAgent, { file, ...page }: FilePage): Promise<Outcome> {
  const content = await contentOf(file);
  const plain = file.type === "text/plain";
  const text = file.type.startsWith("text/") && Buffer.from(content.toString("utf8")).equals(content);
  return sendPage(agent, {
    ...page,
    contentType: text ? `${file.type};charset=UTF-8` : file.type,
    content,
    description: file.description,
    ...(!(plain && text) && { disposition: attachment(file.name) }),
  });
}

/** The address where a file lies. Its 200 says that the receiver has the address. */
export async function sendLink(
  agent: ConnectedAgent,
  { file, url, expires, ...page }: FilePage & { readonly url: string; readonly expires: number },
): Promise<Outcome> {
  const link = formatExternalBody({
    url,
    expiration: epochMillis(expires),
    size: file.size,
    sha1: (file.hashes["sha-1"] ?? "").replaceAll(":", "").toLowerCase(),
    headers: [
      ["Content-Type", file.type],
      ["Content-Disposition", attachment(file.name)],
      ...(file.description === undefined ? [] : [["Content-Description", oneLine(file.description)] as const]),
    ],
  });
  const sent = await sendPage(agent, { ...page, ...link });
  return sent.outcome === "confirmed" ? { outcome: "delivered" } : sent;
}

const attachment = (name: string): string =>
  formatContentDisposition({ type: "attachment", parameters: new Map([["filename", oneLine(name)]]) });

async function contentOf(file: OutgoingFile): Promise<Buffer> {
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of octetsOf(file)) pieces.push(Uint8Array.from(piece));
    return Buffer.concat(pieces);
  } catch (error) {
    throw unreadable(file.path, error);
  }
}

async function sendPage(agent: ConnectedAgent, page: Page): Promise<Outcome> {
  const { to, from, subject, contentType, content, disposition, description, acceptContact = [] } = page;
  agent.lost.throwIfAborted();
  const response = await agent.userAgent.request({
    method: "MESSAGE",
    uri: to,
    to,
    ...(from !== undefined && { from }),
    headers: [
      ...acceptContact.map((value) => ({ name: "accept-contact", value })),
      ...(subject === undefined ? [] : [{ name: "subject", value: oneLine(subject) }]),
      ...(disposition === undefined ? [] : [{ name: "content-disposition", value: disposition }]),
      ...(description === undefined ? [] : [{ name: "content-description", value: oneLine(description) }]),
    ],
    body: { contentType, content },
  });
  agent.lost.throwIfAborted();
  checkSignedIn(response, canAnswer(response));
  return response.status < 300 ? { outcome: "confirmed" } : refusal(response);
}
