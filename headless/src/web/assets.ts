/** The files of the built user interface, and nothing else: a path outside its folder does not resolve. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { InletError } from "@inlet/agent-core/kernel";
import { resolveUiFile } from "@inlet/agent-core/ui-files";

/** Sends a file of the interface. Names under /assets/ hold a hash of their content; everything else is asked anew. */
export async function sendAsset(response: ServerResponse, root: string, pathname: string): Promise<void> {
  const file = resolveUiFile(root, pathname);
  const info = file === undefined ? undefined : await stat(file.path).catch(() => undefined);
  if (file === undefined || info === undefined || !info.isFile()) {
    throw new InletError(pathname === "/" ? "INLET_UI_NOT_BUILT" : "INLET_UI_NOT_FOUND");
  }
  response.writeHead(200, {
    "Content-Type": file.type,
    "Content-Length": info.size,
    "Cache-Control": pathname.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-store",
  });
  if (response.req.method === "HEAD") response.end();
  else await pipeline(createReadStream(file.path), response);
}
