/** What is kept of a file whose transfer ends early, by the reason. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type ErrorCode, ManualClock, reason, silentLog } from "../kernel/index.ts";
import { Landing, Store, toSafeFileName } from "../store/index.ts";
import { FileReceiver } from "./file-receiver.ts";

const head = {
  messageId: "m",
  contentType: "application/octet-stream",
  otherMimeHeaders: new Map(),
  successReport: false,
  failureReport: "yes",
} as const;

it.each<[ErrorCode, boolean]>([
  ["INLET_MSRP_CONNECTION_LOST", true],
  ["INLET_TRANSFER_STALLED", true],
  ["INLET_TRANSFER_INCOMPLETE", true],
  ["INLET_STOPPING", true],
  ["INLET_MSRP_TIMEOUT", true],
  ["INLET_DISK_FULL", true],
  ["INLET_TRANSFER_CANCELLED", false],
  ["INLET_TRANSFER_HASH_MISMATCH", false],
  ["INLET_TRANSFER_SIZE_MISMATCH", false],
  ["INLET_TRANSFER_TOO_LARGE", false],
  ["INLET_TRANSFER_SCATTERED", false],
  ["INLET_CPIM_INVALID", false],
])("M12: after %s what came is kept: %s", (code, kept) => {
  const folder = mkdtempSync(join(tmpdir(), "inlet-receiver-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new ManualClock();
  using store = Store.open(join(folder, "data"), { clock, log: silentLog });
  const name = toSafeFileName("a.bin");
  const file = {
    id: "p",
    folder,
    account: "sip:bob@x",
    sender: "sip:ann@x",
    hashes: { "sha-1": "00" },
    size: 100,
    name,
  };
  const failures: string[] = [];
  const receiver = new FileReceiver(head, {
    landing: Landing.begin({ ...file, clock, journal: store.partials.begin(file) }),
    offset: 0,
    size: 100,
    hashes: file.hashes,
    log: silentLog,
    clock,
    waiting: () => undefined,
    gaveUp: () => undefined,
    progressed: () => undefined,
    verifying: () => undefined,
    record: () => undefined,
    kept: () => undefined,
    failed: (why) => failures.push(why.code),
  });
  receiver.write(0, Buffer.alloc(40));
  receiver.abort(reason(code));
  expect(failures).toEqual([code]);
  expect(store.partials.find(file)?.octets).toBe(kept ? 40 : undefined);
  expect(readdirSync(folder)).toEqual(kept ? [".p.inlet-part", "data"] : ["data"]);
});
