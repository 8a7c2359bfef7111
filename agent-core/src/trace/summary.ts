/** One line for a message: `INVITE sip:bob@example.net`, `200 OK (INVITE)`, `SEND 1-2048/4096`. Reads text; refuses nothing. */

export interface Summary {
  readonly summary: string;
  /** A refusal, a time-out, or something nobody could read. A challenge (401, 407) is part of signing in. */
  readonly failed: boolean;
  readonly callId?: string;
}

const LONGEST = 160;

export function summarize(text: string, malformed = false): Summary {
  const end = text.search(/[\r\n]/);
  const start = text.slice(0, Math.min(end < 0 ? text.length : end, 1024));
  const told = start.startsWith("MSRP ") ? msrp(start, text) : sip(start, text);
  return { ...told, summary: told.summary.slice(0, LONGEST), failed: malformed || told.failed };
}

function sip(start: string, text: string): Summary {
  const callId = field(text, "call-id|i");
  const id = callId === undefined ? {} : { callId: callId.slice(0, 256) };
  const status = /^(?:SIP\/2\.0|HTTP\/1\.1) (\d{3}) ?(.*)$/.exec(start);
  if (status === null) return { summary: start.replace(/ (?:SIP\/2\.0|HTTP\/1\.1)$/, ""), failed: false, ...id };
  const [, code = "", phrase = ""] = status;
  const method = field(text, "cseq")?.split(/\s+/)[1];
  const failed = Number(code) >= 400 && code !== "401" && code !== "407";
  return { summary: `${code} ${phrase}${method === undefined ? "" : ` (${method})`}`, failed, ...id };
}

function msrp(start: string, text: string): Summary {
  const [, id = "", verb = "", ...phrase] = start.split(" ");
  const aborted = text.includes(`-------${id}#`);
  if (/^\d{3}$/.test(verb)) return { summary: [verb, ...phrase].join(" "), failed: Number(verb) >= 400 };
  const range = field(text, "byte-range");
  const status = field(text, "status");
  const words = [verb, range, status === undefined ? undefined : `(${status})`, aborted ? "(interrupted)" : undefined];
  const failed = aborted || (status !== undefined && !/^000 2/.test(status));
  return { summary: words.filter((word) => word !== undefined).join(" "), failed };
}

const FIELDS = new Map<string, RegExp>();

/** The first field of that name in the head. */
function field(text: string, names: string): string | undefined {
  let pattern = FIELDS.get(names);
  if (pattern === undefined) {
    pattern = new RegExp(`\\n(?:${names})[ \\t]*:[ \\t]*([^\\r\\n]*)`, "i");
    FIELDS.set(names, pattern);
  }
  return pattern.exec(text)?.[1]?.trim();
}
