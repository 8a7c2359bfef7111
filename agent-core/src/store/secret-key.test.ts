import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { randomToken, silentLog } from "../kernel/index.ts";
import { secretKey } from "./secret-key.ts";
import { temporaryFolder } from "./testing.ts";

it("without a keyring it lies in a file that its owner alone may read, and that is said when it is made", () => {
  const folder = temporaryFolder();
  const told: string[] = [];
  const log = (level: string, message: string): void => void told.push(`${level} ${message}`);
  const key = secretKey(folder, undefined, log);
  const path = join(folder, "secret.key");
  expect(key).toHaveLength(randomToken(256).length);
  expect(readFileSync(path, "utf8")).toBe(key);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  chmodSync(path, 0o644);
  expect(secretKey(folder, undefined, log)).toBe(key);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(told).toEqual(["warn store.secretKey.inFile"]);
});

it("a damaged one is made anew", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "secret.key"), "half");
  const key = secretKey(folder, undefined, silentLog);
  expect(key).toHaveLength(randomToken(256).length);
  expect(secretKey(folder, undefined, silentLog)).toBe(key);
});

it("what the keyring holds is used, and leaves no file", () => {
  const folder = temporaryFolder();
  secretKey(folder, undefined, silentLog);
  const kept = randomToken(256);
  expect(secretKey(folder, kept, silentLog)).toBe(kept);
  expect(existsSync(join(folder, "secret.key"))).toBe(false);
});
