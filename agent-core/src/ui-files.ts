/**
 * How any host serves the built user interface: which file a path means, and the policy that lets nothing else in. A path that
 * leaves the folder, is hidden, or has no known type means no file.
 */
import { extname, join, normalize, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
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

export interface UiFile {
  readonly path: string;
  /** Content-Type */
  readonly type: string;
}

/** `pathname` as in the URL, still percent-encoded. */
export function resolveUiFile(root: string, pathname: string): UiFile | undefined {
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

/** On every response. `connect`: what the page may talk to besides its own origin. */
export const uiHeaders = (connect?: string): Record<string, string> => ({
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    `connect-src 'self'${connect === undefined ? "" : ` ${connect}`}`,
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
});
