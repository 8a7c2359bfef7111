/** What the tests of this folder share: a folder of their own on the real disk, and records to put in. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { OfferRecord } from "../contract/index.ts";
import { ManualClock, silentLog } from "../kernel/index.ts";
import type { NewItem } from "./items.ts";
import { Store, type StoreOptions } from "./store.ts";

/** A folder that is gone when the test is. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "inlet-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function openStore(
  dataDir: string = temporaryFolder(),
  { clock = new ManualClock(), log = silentLog, ...more }: Partial<StoreOptions> = {},
): Store {
  const store = Store.open(dataDir, { clock, log, ...more });
  onTestFinished(() => store.close());
  return store;
}

/** The code of the InletError that `fn` throws. */
export function codeOf(fn: () => unknown): unknown {
  try {
    fn();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
  return "nothing thrown";
}

export const message = (id: string, more: Partial<NewItem> = {}): NewItem => ({
  id,
  account: "sip:bob@example.net",
  kind: "message",
  from: { uri: "sip:alice@example.net" },
  name: "Hello",
  type: "text/plain",
  size: 5,
  verified: "unstated",
  receivedAt: "2026-01-01T10:00:00.000Z",
  ...more,
});

export const offer = (id: string, more: Partial<OfferRecord> = {}): OfferRecord => ({
  id,
  account: "sip:bob@example.net",
  from: { uri: "sip:alice@example.net", name: "Alice", asserted: "sip:+15550100@example.net" },
  receivedAt: "2026-01-01T10:00:00.000Z",
  files: [
    { index: 0, name: "a.jpg", type: "image/jpeg", size: 4092, outcome: "open" },
    { index: 1, name: "b.jpg", outcome: "open" },
  ],
  ...more,
});
