/**
 * Heads of MSRP requests and responses (RFC 4975 §7, §9): the start line and the header fields, without the body.
 * Refuses lines without a colon, bare CR or LF, a missing path, and twice the same field where one is allowed.
 * Takes header names in any case, any order, and blanks around values.
 */
import { InletError, LIMITS } from "../../kernel/index.ts";
import { parsePath } from "./msrp-uri.ts";

/** How a chunk ends: last of its message, more to come, message aborted. */
export type Flag = "$" | "+" | "#";
export type Header = readonly [name: string, value: string];

interface Head {
  readonly transactId: string;
  readonly toPath: readonly string[];
  readonly fromPath: readonly string[];
  /** Without the two paths, in the order sent. */
  readonly headers: readonly Header[];
}

export interface MsrpRequest extends Head {
  readonly kind: "request";
  readonly method: string;
  /** A body of zero octets is a body. */
  readonly hasBody: boolean;
  /** An earlier request that this one repeats in all but its transact-id and its Byte-Range. */
  readonly like?: MsrpRequest;
}

export interface MsrpResponse extends Head {
  readonly kind: "response";
  readonly status: number;
  readonly comment?: string;
}

export type MsrpHead = MsrpRequest | MsrpResponse;

export type StartLine =
  | { readonly kind: "request"; readonly transactId: string; readonly method: string }
  | { readonly kind: "response"; readonly transactId: string; readonly status: number; readonly comment?: string };

/** Methods are capitals (RFC 4975 §9); clients of AG Projects ask by FILE_OFFSET. */
const START_LINE = /^MSRP ([A-Za-z0-9][A-Za-z0-9.\-+%=]{3,31}) (?:([A-Z][A-Z_]*)|(\d{3})(?: ([^\r\n]*))?)$/;
const CONTROL = /[\0\r\n]/;
const NAME = /^[!-9;-~]+$/;
/** Fields that stand once; the paths are taken out of the others. */
const ONCE = [
  ...["To-Path", "From-Path", "Message-ID", "Byte-Range"],
  ...["Success-Report", "Failure-Report", "Status", "Content-Type"],
];
/** A bit for each, by its usual and its lower-case name: most names are found without lowering their case. */
const BIT: ReadonlyMap<string, number> = new Map(
  ONCE.flatMap((name, i) => [
    [name, 1 << i],
    [name.toLowerCase(), 1 << i],
  ]),
);
const TO_PATH = 1;
const FROM_PATH = 2;

/** Throws INLET_MSRP_SYNTAX. */
export function parseStartLine(line: string): StartLine {
  const match = START_LINE.exec(line);
  const transactId = match?.[1];
  if (transactId === undefined) throw new InletError("INLET_MSRP_SYNTAX", "start line");
  const method = match?.[2];
  if (method !== undefined) return { kind: "request", transactId, method };
  const comment = match?.[4];
  return { kind: "response", transactId, status: Number(match?.[3]), ...(comment === undefined ? {} : { comment }) };
}

/**
 * The head from its start line and its header lines (`block`, without the last CRLF).
 * `path` reads a path value; the framer hands in one that remembers the last.
 * Throws INLET_MSRP_SYNTAX, INLET_MSRP_HEADERS_TOO_LARGE.
 */
export function parseHead(start: StartLine, block: string, hasBody: boolean, path = parsePath): MsrpHead {
  let toPath: readonly string[] | undefined;
  let fromPath: readonly string[] | undefined;
  const headers: Header[] = [];
  let seen = 0;
  let count = 0;
  for (let at = 0; at < block.length; ) {
    const eol = block.indexOf("\r\n", at);
    const end = eol < 0 ? block.length : eol;
    const colon = block.indexOf(":", at);
    if (colon < 0 || colon > end) throw new InletError("INLET_MSRP_SYNTAX", `header ${count + 1} has no colon`);
    if (++count > LIMITS.msrpHeaderCount) throw new InletError("INLET_MSRP_HEADERS_TOO_LARGE", `${count} headers`);
    const name = block.slice(at, colon);
    const text = block.slice(colon + 1, end);
    at = end + 2;
    if (CONTROL.test(text)) throw new InletError("INLET_MSRP_SYNTAX", `control character in header ${count}`);
    const value = text.trim();
    const bit = BIT.get(name) ?? BIT.get(name.toLowerCase()) ?? 0;
    if (bit === 0 && !NAME.test(name)) throw new InletError("INLET_MSRP_SYNTAX", `header ${count} has no name`);
    if ((seen & bit) !== 0) throw new InletError("INLET_MSRP_SYNTAX", `${name} twice`);
    seen |= bit;
    if (bit === TO_PATH) toPath = path(value);
    else if (bit === FROM_PATH) fromPath = path(value);
    else headers.push([name, value]);
  }
  if (toPath === undefined) throw new InletError("INLET_MSRP_SYNTAX", "no To-Path");
  if (fromPath === undefined) throw new InletError("INLET_MSRP_SYNTAX", "no From-Path");
  if (start.kind === "request") {
    const { kind, transactId, method } = start;
    return { kind, transactId, method, toPath, fromPath, headers, hasBody };
  }
  if (hasBody) throw new InletError("INLET_MSRP_SYNTAX", "a response with a body");
  return { ...start, toPath, fromPath, headers };
}

/** The value of a header field, whatever the case of its name. */
export function headerOf(head: MsrpHead, name: string): string | undefined {
  for (const [n, value] of head.headers) {
    if (n === name) return value;
    // Length and first letter tell most names apart without lowering their case.
    if (n.length !== name.length || (n.charCodeAt(0) | 0x20) !== (name.charCodeAt(0) | 0x20)) continue;
    if (n.toLowerCase() === name.toLowerCase()) return value;
  }
  return undefined;
}

const formatStartLine = (start: StartLine): string =>
  start.kind === "request"
    ? `MSRP ${start.transactId} ${start.method}`
    : `MSRP ${start.transactId} ${start.status}${start.comment === undefined ? "" : ` ${start.comment}`}`;

/** From the start line up to where the body or the end-line begins; the empty line before a body is included. */
export function formatHead(head: MsrpHead): string {
  const headers = head.headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const paths = `To-Path: ${head.toPath.join(" ")}\r\nFrom-Path: ${head.fromPath.join(" ")}\r\n`;
  return `${formatStartLine(head)}\r\n${paths}${headers}${head.kind === "request" && head.hasBody ? "\r\n" : ""}`;
}

/** The end-line. After a body it is preceded by a CRLF that does not belong to the body. */
export const formatEndLine = (transactId: string, flag: Flag): string => `-------${transactId}${flag}\r\n`;

export const COMMENTS: Readonly<Record<number, string>> = {
  200: "OK",
  400: "Bad Request",
  403: "Forbidden",
  408: "Request Timeout",
  413: "Stop Sending",
  415: "Unsupported Media Type",
  423: "Out Of Bounds",
  481: "No Such Session",
  501: "Unknown Method",
  506: "Session In Use",
};

/** The response to a request: to the left-most hop only (RFC 4975 §7.2). `more`: whole header lines. */
export function formatResponse(
  request: Pick<MsrpRequest, "transactId" | "toPath" | "fromPath">,
  status: number,
  more = "",
): string {
  const id = request.transactId;
  const comment = COMMENTS[status];
  return `MSRP ${id} ${status}${comment === undefined ? "" : ` ${comment}`}\r\nTo-Path: ${request.fromPath[0]}\r\nFrom-Path: ${request.toPath[0]}\r\n${more}-------${id}$\r\n`;
}
