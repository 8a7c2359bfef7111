/** `app://ui/…`: which file of the built interface a URL means. Pure; a path outside the interface has no file. */
import { extname, join, normalize, sep } from "node:path";

export const UI_SCHEME = "app";
export const UI_HOST = "ui";
export const UI_ADDRESS = `${UI_SCHEME}://${UI_HOST}/`;

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json; charset=utf-8",
};

/** Custom schemes have the origin "null" in Node, so protocol and host are compared instead. */
export function isUiUrl(url: string): boolean {
  const parsed = URL.parse(url);
  return (
    parsed !== null &&
    parsed.protocol === `${UI_SCHEME}:` &&
    parsed.host === UI_HOST &&
    parsed.username === "" &&
    parsed.password === ""
  );
}

export function resolveUi(root: string, url: string): { readonly path: string; readonly type: string } | undefined {
  if (!isUiUrl(url)) return undefined;
  // Not through URL: it resolves dot segments, and what needs them is refused.
  const pathname = url.slice(UI_ADDRESS.length - 1).split(/[?#]/, 1)[0] ?? "";
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (!decoded.startsWith("/") || /[\0\\:]|(^|\/)\./.test(decoded)) return undefined;
  const relative = decoded === "/" ? "/index.html" : decoded;
  const extension = extname(relative);
  const type = Object.hasOwn(TYPES, extension) ? TYPES[extension] : undefined;
  const path = normalize(join(root, relative));
  return type === undefined || !path.startsWith(normalize(root) + sep) ? undefined : { path, type };
}
