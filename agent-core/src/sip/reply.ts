/** What an answer or an outgoing request carries besides what SIP demands of it. */
import { type Header, spelledName } from "../wire/sip/index.ts";

export interface Body {
  readonly contentType: string;
  readonly content: string;
}

export interface Reply {
  readonly reasonPhrase?: string;
  readonly headers?: readonly Header[];
  readonly body?: Body;
  readonly toTag?: string;
}

/** Header lines. A value with a line break would be two headers: that is a bug of ours or a hostile setting, and throws. */
export function formatHeaders(headers: readonly Header[]): string[] {
  return headers.map(({ name, value }) => {
    if (/[\r\n\0]/.test(value)) throw new Error(`line break in header ${name}`);
    return `${spelledName(name)}: ${value}`;
  });
}
