/**
 * `GET /content/<item>`: the bytes of an item, for a preview or a download. What came from the network is never a
 * document of this origin: an attachment, sandboxed, of a type that holds no script, and never sniffed.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { type Agent, parseRange } from "@inlet/agent-core";
import { InletError } from "@inlet/agent-core/kernel";

/** Types a page may get under their own name. Everything else, SVG and HTML above all, is an octet stream. */
const HARMLESS = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "image/bmp",
  "text/plain",
]);

export function servedType(declared: string): string {
  const type = (declared.split(";")[0] ?? "").trim().toLowerCase();
  if (!HARMLESS.has(type)) return "application/octet-stream";
  return type === "text/plain" ? "text/plain; charset=utf-8" : type;
}

/** RFC 6266 §4.3 with RFC 8187: the name as UTF-8, everything but attr-char escaped. */
export function attachment(name: string): string {
  const escaped = encodeURIComponent(name.toWellFormed()).replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename*=UTF-8''${escaped}`;
}

export async function sendContent(
  agent: Agent,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (id === "" || id.length > 512) throw new InletError("INLET_ITEM_UNKNOWN");
  const content = await agent.content(id);
  const range = parseRange(request.headers.range, content.size);
  const headers = {
    "Content-Type": servedType(content.type),
    "Content-Disposition": attachment(content.name),
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "no-store",
    "Accept-Ranges": "bytes",
  };
  if (range === "unsatisfiable") {
    response.writeHead(416, { ...headers, "Content-Range": `bytes */${content.size}` });
    response.end();
    return;
  }
  if (range === undefined) response.writeHead(200, { ...headers, "Content-Length": content.size });
  else {
    response.writeHead(206, {
      ...headers,
      "Content-Length": range.end - range.start + 1,
      "Content-Range": `bytes ${range.start}-${range.end}/${content.size}`,
    });
  }
  if (request.method === "HEAD") response.end();
  else await pipeline(content.open(range), response);
}
