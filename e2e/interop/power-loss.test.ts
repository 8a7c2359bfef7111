/** C1: the power fails, and of the database too only what was flushed is there: what was answered 200 by then is kept. */
import { rmSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { silentLog, systemClock } from "@inlet/agent-core/kernel";
import { DATABASE_FILE, Store } from "@inlet/agent-core/store";
import { expect, it, onTestFinished } from "vitest";
import { afterPowerLoss, type Call, canRecord, readRecord, recorder } from "./faults/disk-record.ts";
import { Scene } from "./faults/scene.ts";

const possible = canRecord();
if (!possible)
  console.log("left out: the power fails under the database (strace is not installed, or may not be used)");

const MESSAGES = 8;

/** The texts of the messages in a database that is so. */
function messagesIn(folder: string, files: ReadonlyMap<string, Buffer>): readonly (string | undefined)[] {
  rmSync(folder, { recursive: true, force: true });
  Store.open(folder, { clock: systemClock, log: silentLog }).close();
  rmSync(join(folder, DATABASE_FILE));
  for (const [path, content] of files) writeFileSync(join(folder, basename(path)), content);
  using store = Store.open(folder, { clock: systemClock, log: silentLog });
  expect(store.salvaged).toBeUndefined();
  return store.listItems({ limit: 200 }).items.map((item) => item.text);
}

it.runIf(possible)(
  "C1: the power fails behind any 200: its message is on disk, and by the last flush alone",
  async () => {
    const home = await mkdtemp(join(tmpdir(), "inlet-power-"));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    await mkdir(join(home, "record"));
    const record = join(home, "record", "calls");
    const scene = await Scene.create();
    onTestFinished(() => scene[Symbol.asyncDispose]());
    expect(await scene.start(undefined, recorder(record))).toBe(true);
    for (let n = 0; n < MESSAGES; n++) await scene.message(`text ${n}`);
    expect(await scene.send("file")).toMatchObject({ acknowledged: true });
    await scene.kill();

    const database = join(scene.home, "data", DATABASE_FILE);
    let calls: readonly Call[] | undefined;
    for (const until = Date.now() + 20_000; calls === undefined && Date.now() < until; ) {
      calls = readRecord(record, database);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (calls === undefined) expect.unreachable("the record has an end");

    const answered = calls.flatMap(({ call, ...one }, index) =>
      call === "write" && "bytes" in one && /^SIP\/2\.0 200 [\s\S]*Call-ID: message-/.test(one.bytes.toString("latin1"))
        ? [index]
        : [],
    );
    expect(answered).toHaveLength(MESSAGES);
    // At the first start the names too: of the folders, and of the database in its own.
    const early = calls.slice(0, answered[0]);
    for (const folder of [scene.home, join(scene.home, "data")])
      expect(
        early.some(({ call, path }) => call === "flush" && path === folder),
        folder,
      ).toBe(true);
    for (const [n, index] of answered.entries()) {
      const before = calls.slice(0, index);
      expect(messagesIn(join(home, "after"), afterPowerLoss(before, database))).toContain(`text ${n}`);
      // It is the flush that does it.
      const lastFlush = before.findLastIndex(({ call, path }) => call === "flush" && path.startsWith(database));
      const unflushed = messagesIn(join(home, "after"), afterPowerLoss(before.slice(0, lastFlush), database));
      expect(unflushed).not.toContain(`text ${n}`);
    }

    // The whole of it, with the person's folder.
    for (const suffix of ["", "-wal"]) await rm(`${database}${suffix}`, { force: true });
    for (const [path, content] of afterPowerLoss(calls, database)) writeFileSync(path, content);
    expect(await scene.start()).toBe(true);
    await scene.check();
  },
);
