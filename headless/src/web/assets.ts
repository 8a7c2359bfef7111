/** The files of the built user interface, and nothing else: a path outside its folder does not resolve. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { InletError } from "@inlet/agent-core/kernel";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

/** The file for a URL path; undefined for what is malformed, leaves `root`, or is of no known type. */
export function resolveAsset(root: string, pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (!decoded.startsWith("/") || /[\0\\]|(^|\/)\./.test(decoded)) return undefined;
  const relative = decoded === "/" ? "/index.html" : decoded;
  if (!Object.hasOwn(TYPES, extname(relative))) return undefined;
  const path = normalize(join(root, relative));
  return path.startsWith(normalize(root) + sep) ? path : undefined;
}

/** Sends a file of the interface. Names under /assets/ hold a hash of their content; everything else is asked anew. */
export async function sendAsset(response: ServerResponse, root: string, pathname: string): Promise<void> {
  const path = resolveAsset(root, pathname);
  const info = path === undefined ? undefined : await stat(path).catch(() => undefined);
  if (path === undefined || info === undefined || !info.isFile()) {
    throw new InletError(pathname === "/" ? "INLET_UI_NOT_BUILT" : "INLET_UI_NOT_FOUND");
  }
  response.writeHead(200, {
    "Content-Type": TYPES[extname(path)],
    "Content-Length": info.size,
    "Cache-Control": pathname.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-store",
  });
  if (response.req.method === "HEAD") response.end();
  else await pipeline(createReadStream(path), response);
}
