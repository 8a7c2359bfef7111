/** `app://ui/…`: which file of the built interface a URL means. Pure; a path outside the interface has no file. */
import { resolveUiFile, type UiFile } from "@inlet/agent-core/ui-files";

export const UI_SCHEME = "app";
const UI_HOST = "ui";
export const UI_ADDRESS = `${UI_SCHEME}://${UI_HOST}/`;

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

export function resolveUi(root: string, url: string): UiFile | undefined {
  if (!isUiUrl(url)) return undefined;
  // Not through URL: it resolves dot segments, and what needs them is refused.
  return resolveUiFile(root, url.slice(UI_ADDRESS.length - 1).split(/[?#]/, 1)[0] ?? "");
}
