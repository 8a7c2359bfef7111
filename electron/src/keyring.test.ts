/** What is done with a keyring; Electron's own cannot be had here, so one stands in that seals with AES. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Keyring, keyFromKeyring } from "./keyring.ts";

function keyringOf(backend?: "basic_text" | "gnome_libsecret"): Keyring {
  const [key, iv] = [randomBytes(32), randomBytes(12)];
  return {
    isEncryptionAvailable: () => true,
    ...(backend !== undefined && { getSelectedStorageBackend: () => backend }),
    encryptString: (text) => {
      const cipher = createCipheriv("aes-256-gcm", key, iv);
      return Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    },
    decryptString: (sealed) => {
      const decipher = createDecipheriv("aes-256-gcm", key, iv);
      decipher.setAuthTag(sealed.subarray(-16));
      return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString("utf8");
    },
  };
}

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), "inlet-keyring-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "secret.sealed");
}

test.each([undefined, "gnome_libsecret"] as const)("it is made once and lies sealed (backend %s)", (backend) => {
  const [path, keyring] = [file(), keyringOf(backend)];
  const key = keyFromKeyring(path, keyring);
  expect(key).toMatch(/.{40}/);
  expect(keyFromKeyring(path, keyring)).toBe(key);
  expect(readFileSync(path, "latin1")).not.toContain(key);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("without a keyring there is none: sealing with a key that everybody knows is no sealing", () => {
  expect(keyFromKeyring(file(), keyringOf("basic_text"))).toBeUndefined();
  expect(keyFromKeyring(file(), { ...keyringOf(), isEncryptionAvailable: () => false })).toBeUndefined();
});

test("what another keyring sealed, and what is damaged, is replaced", () => {
  const [path, keyring] = [file(), keyringOf()];
  const first = keyFromKeyring(path, keyringOf());
  const second = keyFromKeyring(path, keyring);
  expect(second).not.toBe(first);
  writeFileSync(path, "damaged");
  expect(keyFromKeyring(path, keyring)).not.toBe(second);
});
