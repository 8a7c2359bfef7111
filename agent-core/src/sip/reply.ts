/** What an answer or an outgoing request carries besides what SIP demands of it. */
import { type Header, quote, spelledName } from "../wire/sip/index.ts";

export interface Body {
  readonly contentType: string;
  /** Text goes out as UTF-8. */
  readonly content: string | Uint8Array;
}

export interface Reply {
  readonly reasonPhrase?: string;
  readonly headers?: readonly Header[];
  readonly body?: Body;
}

/** Headers and bytes of a message. A value with a line break would be two headers: that is a bug, and throws. */
export function contents(reply: Reply): { readonly headers: Header[]; readonly body: Uint8Array } {
  for (const { name, value } of reply.headers ?? []) {
    if (/[\r\n\0]/.test(value)) throw new Error(`line break in header ${spelledName(name)}`);
  }
  const { body } = reply;
  return {
    headers: [
      ...(reply.headers ?? []),
      ...(body === undefined ? [] : [{ name: "content-type", value: body.contentType }]),
    ],
    body: body === undefined ? new Uint8Array(0) : bytesOf(body),
  };
}

/** Warning with code 399, whose text is for a person (RFC 3261 §20.43). */
export const warning = (host: string, text: string): Header => ({
  name: "warning",
  value: `399 ${host} ${quote(text)}`,
});

/** What came too early may come again: in up to ten seconds, not all at the same time (RFC 3261 §14.2). */
export const later = (): Reply => ({
  headers: [{ name: "retry-after", value: `${Math.floor(Math.random() * 10)}` }],
});

const bytesOf = ({ content }: Body): Uint8Array => (typeof content === "string" ? Buffer.from(content) : content);
