/** Where things lie when nobody says otherwise: each platform's own place for an application's data and for downloads. */
import { homedir } from "node:os";
import { join } from "node:path";

interface Place {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
}

const here = (): Place => ({ platform: process.platform, env: process.env, home: homedir() });

/** The database and partial files. XDG Base Directory on Linux; a relative value there is to be ignored. */
export function defaultDataFolder({ platform, env, home } = here()): string {
  if (platform === "darwin") return join(home, "Library", "Application Support", "Inlet");
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(home, "AppData", "Local"), "Inlet");
  const xdg = env.XDG_DATA_HOME;
  return join(xdg?.startsWith("/") === true ? xdg : join(home, ".local", "share"), "inlet");
}

/** Finished files. */
export const defaultReceivedFolder = ({ home } = here()): string => join(home, "Downloads", "Inlet");
