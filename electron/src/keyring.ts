/**
 * The key of the agent's secrets, held by the system's keyring: what lies in the file is sealed by Electron's safeStorage. undefined
 * where there is no keyring; the agent then makes do with a file of its own, and says so.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { randomToken } from "@inlet/agent-core/kernel";
import type { SafeStorage } from "electron";

export type Keyring = Pick<SafeStorage, "isEncryptionAvailable" | "encryptString" | "decryptString"> &
  Partial<Pick<SafeStorage, "getSelectedStorageBackend">>;

/** A file that this keyring did not seal is replaced: what lay under its key is then made anew too. */
export function keyFromKeyring(path: string, keyring: Keyring): string | undefined {
  // On Linux without a keyring Electron would seal with a key that everybody knows.
  if (!keyring.isEncryptionAvailable() || keyring.getSelectedStorageBackend?.() === "basic_text") return undefined;
  try {
    if (existsSync(path)) return keyring.decryptString(readFileSync(path));
  } catch {
    // Another keyring's, or damaged.
  }
  const key = randomToken(256);
  const made = `${path}.new`;
  writeFileSync(made, keyring.encryptString(key), { mode: 0o600 });
  renameSync(made, path);
  return key;
}
