/** Text as one SIP MESSAGE (RFC 3428, seed 001 §5): its 200 says that the receiver has stored it. */
import { readFile, stat } from "node:fs/promises";
import { InletError } from "@inlet/agent-core/kernel";
import { canAnswer } from "@inlet/agent-core/sip";
import type { ConnectedAgent } from "./connected-agent.ts";
import { oneLine } from "./invite-receiver.ts";
import { mediaTypeOf } from "./media-types.ts";
import { unreadable } from "./outgoing-file.ts";
import { checkSignedIn, type FileResult, refusal } from "./send-result.ts";

export interface PageMessage {
  readonly to: string;
  readonly from?: { readonly uri: string; readonly displayName?: string };
  readonly subject?: string;
  readonly text: string;
  /** Default text/plain. */
  readonly type?: string;
}

const LONGEST = 64 * 1024;

/** Fails with INLET_SEND_TEXT_TOO_LONG, INLET_AUTH_*, and the reason for which the connection ended. */
export async function sendMessage(agent: ConnectedAgent, message: PageMessage): Promise<Omit<FileResult, "file">> {
  const { to, from, subject, text, type = "text/plain" } = message;
  if (Buffer.byteLength(text) > LONGEST) throw new InletError("INLET_SEND_TEXT_TOO_LONG");
  agent.lost.throwIfAborted();
  const response = await agent.userAgent.request({
    method: "MESSAGE",
    uri: to,
    to,
    ...(from !== undefined && { from }),
    headers: subject === undefined ? [] : [{ name: "subject", value: oneLine(subject) }],
    body: { contentType: `${type};charset=UTF-8`, content: text },
  });
  agent.lost.throwIfAborted();
  checkSignedIn(response, canAnswer(response));
  return response.status < 300 ? { outcome: "confirmed" } : refusal(response);
}

/** Fails with INLET_FILE_UNREADABLE, INLET_SEND_NOT_TEXT, INLET_SEND_TEXT_TOO_LONG. */
export async function readTextFile(path: string): Promise<{ readonly text: string; readonly type: string }> {
  const type = mediaTypeOf(path);
  let bytes: Buffer;
  try {
    if ((await stat(path)).size > LONGEST) throw new InletError("INLET_SEND_TEXT_TOO_LONG");
    bytes = await readFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes) || text.includes("\0")) throw new InletError("INLET_SEND_NOT_TEXT");
  return { text, type: type.startsWith("text/") ? type : "text/plain" };
}
