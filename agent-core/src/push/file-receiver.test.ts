/** What is kept of a file whose transfer ends early, by the reason. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type ErrorCode, InletError, LIMITS, ManualClock, reason, silentLog } from "../kernel/index.ts";
import { Landing, Store, toSafeFileName } from "../store/index.ts";
import { FileReceiver } from "./file-receiver.ts";

const head = {
  messageId: "m",
  contentType: "application/octet-stream",
  otherMimeHeaders: new Map(),
  successReport: false,
  failureReport: "yes",
} as const;

/** A file of 100 octets that is received; `failures` tells how it ended early. */
function receiving(record: () => void = () => undefined) {
  const folder = mkdtempSync(join(tmpdir(), "inlet-receiver-"));
  const clock = new ManualClock();
  const store = Store.open(join(folder, "data"), { clock, log: silentLog });
  onTestFinished(() => {
    store[Symbol.dispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  const [hashes, name] = [{ "sha-1": "00" }, toSafeFileName("a.bin")];
  const file = { id: "p", folder, account: "sip:bob@x", sender: "sip:ann@x", hashes, size: 100, name };
  const failures: string[] = [];
  const receiver = new FileReceiver(head, {
    landing: Landing.begin({ ...file, clock, journal: store.partials.begin(file) }),
    offset: 0,
    size: 100,
    hashes: {},
    log: silentLog,
    clock,
    waiting: () => undefined,
    gaveUp: () => undefined,
    progressed: () => undefined,
    verifying: () => undefined,
    record,
    kept: () => undefined,
    failed: (why) => failures.push(why.code),
  });
  return { folder, clock, store, file, failures, receiver };
}

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
  const { folder, store, file, failures, receiver } = receiving();
  receiver.write(0, Buffer.alloc(40));
  receiver.abort(reason(code));
  expect(failures).toEqual([code]);
  expect(store.partials.find(file)?.octets).toBe(kept ? 40 : undefined);
  expect(readdirSync(folder)).toEqual(kept ? [".p.inlet-part", "data"] : ["data"]);
});

it("K1, diskWaitAtEnd: while a sender waits for its last answer, a full disk is waited for so long", async () => {
  const { clock, failures, receiver } = receiving(() => {
    throw new InletError("INLET_DISK_FULL");
  });
  receiver.write(0, Buffer.alloc(100));
  const ended = receiver.complete().catch((error: unknown) => error);
  while (failures.length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
    if (clock.pending > 0) clock.advance(LIMITS.diskRetry);
  }
  expect(await ended).toMatchObject({ code: "INLET_DISK_FULL" });
  expect(clock.elapsed()).toBe(LIMITS.diskWaitAtEnd);
  expect(clock.pending).toBe(0);
});
