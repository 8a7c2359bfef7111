/** Whether the desktop window can be had: Electron's binary, which npm does not bring everywhere, and a display. */
import { existsSync } from "node:fs";
import { join } from "node:path";

const PLACE: Partial<Record<NodeJS.Platform, string>> = {
  darwin: "Electron.app/Contents/MacOS/Electron",
  linux: "electron",
  win32: "electron.exe",
};

interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly exists: (path: string) => boolean;
}

const here: Machine = { platform: process.platform, env: process.env, exists: existsSync };

/** The path of the binary; undefined when there is none or nothing to show a window on. */
export function electronBinary(root: string, { platform, env, exists }: Machine = here): string | undefined {
  const place = PLACE[platform];
  if (place === undefined) return undefined;
  const noDisplay = platform === "linux" && !env.DISPLAY && !env.WAYLAND_DISPLAY;
  if (noDisplay) return undefined;
  const path = join(root, "node_modules", "electron", "dist", place);
  return exists(path) ? path : undefined;
}
