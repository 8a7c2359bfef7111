/**
 * Kill matrix (attacks C1, C3, C5): SIGKILL at a call to the disk, then a new start over what is there. `INLET_FAULTS=all`
 * tries every call; otherwise some of them, spread over the whole.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "@inlet/agent-core/store";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Plan } from "./faults/plan.ts";
import { Scene, type Until } from "./faults/scene.ts";

const ALL = process.env.INLET_FAULTS === "all";
/** More than the calls of any run here: a loop that comes so far found no run that passes. */
const MOST = 500;
const LONG = 20 * 60_000;

async function newScene(): Promise<Scene> {
  const scene = await Scene.create();
  onTestFinished(() => scene[Symbol.asyncDispose]());
  return scene;
}

/** After a kill: the agent starts again, all is in order, and what did not come goes on, or comes again. */
async function recovers(scene: Scene, name: string): Promise<void> {
  await scene.kill();
  expect(await scene.start(), "starts again").toBe(true);
  await scene.check({ parts: 1 });
  if (!(await scene.keeps(name))) expect(await scene.send(name)).toMatchObject({ acknowledged: true });
  await scene.check();
}

describe("C1: killed", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.create();
    await scene.start();
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it.each<[string, Until]>([
    ["with the offer shown", "shown"],
    ["when it is decided", "decided"],
    ["in the middle", "middle"],
    ["when all is done", "end"],
  ])("%s", async (point, until) => {
    await scene.send(point, undefined, until);
    await recovers(scene, point);
  });

  const item = "^sql INSERT INTO items";
  it.each<[string, Partial<Plan>]>([
    ["at the first octet", { only: "^writeSync files" }],
    ["behind the first octet", { only: "^writeSync files", after: true }],
    ["at the last octet", { only: "^fsync files/." }],
    ["after the hash", { only: "^read files/." }],
    ["before the rename", { only: "^linkSync" }],
    ["after the rename", { only: "^linkSync", after: true }],
    ["with the name not flushed", { only: "^fsync files$" }],
    ["with the name flushed", { only: "^fsync files$", after: true }],
    ["before the commit", { since: item, only: "^sql COMMIT" }],
    ["after the commit", { since: item, only: "^sql COMMIT", after: true }],
    ["by a power failure after the commit", { act: "powerloss", since: item, only: "^sql COMMIT", after: true }],
    [
      "by one that leaves names without content",
      { act: "powerloss", keepNames: true, since: item, only: "^sql COMMIT", after: true },
    ],
    ...(
      [
        ["before the name is noted", { only: "^sql INSERT OR REPLACE INTO settings" }],
        ["before it is reserved", { only: "^sql INSERT OR REPLACE INTO settings", after: true }],
        ["before the rename", { only: "^renameSync" }],
        ["after the rename", { only: "^renameSync", after: true }],
        ["with the name flushed", { only: "^fsync files$", after: true }],
        ["before the commit", { since: item, only: "^sql COMMIT" }],
        ["after the commit", { since: item, only: "^sql COMMIT", after: true }],
      ] as const
    ).map(([point, plan]): [string, Partial<Plan>] => [`on a disk without links ${point}`, { ...plan, noLinks: true }]),
  ])("%s", async (point, plan) => {
    await scene.arm({ act: "kill", at: 1, ...plan });
    await scene.send(point);
    expect(scene.fired, "the point was reached").toBeDefined();
    await recovers(scene, point);
  });
});

/** Runs `run` with the kill at call 1, 2, 3 … until it passes. */
async function everyCall(stride: number, run: (at: number) => Promise<string | undefined>): Promise<number> {
  for (let at = 1, kills = 0; at < MOST; at += ALL ? 1 : stride, kills++) {
    const fired = await run(at);
    if (fired === undefined) return kills;
  }
  throw new Error("no run passed");
}

it.each([
  ["an offer and a message", false],
  ["an offer and a message on a disk without links", true],
])("C1: killed at any call of %s", { timeout: LONG }, async (_, noLinks) => {
  const scene = await newScene();
  await scene.start();
  const kills = await everyCall(noLinks ? 29 : 19, async (at) => {
    await scene.arm({ act: "kill", at, noLinks });
    await scene.send(`${at}.bin`);
    if (!scene.receiver.ended) await scene.message(`message ${at}`);
    const { fired } = scene;
    try {
      await recovers(scene, `${at}.bin`);
    } catch (error) {
      throw new Error(`killed at call ${at}, ${fired}`, { cause: error });
    }
    return fired;
  });
  console.log(`${kills} kills`);
});

it.each([
  ["names that were not flushed are gone", false],
  ["names are there, content that was not flushed is not", true],
])("C1: the power fails at any call of an offer: %s", { timeout: LONG }, async (_, keepNames) => {
  const scene = await newScene();
  await scene.start();
  const losses = await everyCall(keepNames ? 17 : 15, async (at) => {
    await scene.arm({ act: "powerloss", at, keepNames });
    await scene.send(`${at}.bin`);
    const { fired } = scene;
    try {
      await recovers(scene, `${at}.bin`);
    } catch (error) {
      throw new Error(`power lost at call ${at}, ${fired}`, { cause: error });
    }
    return fired;
  });
  console.log(`${losses} losses`);
});

it("C3: killed at any call of the first start, migrations among them", { timeout: LONG }, async () => {
  const scene = await newScene();
  const kills = await everyCall(23, async (at) => {
    await rm(join(scene.home, "data"), { recursive: true, force: true });
    const started = await scene.start({ act: "kill", at });
    const { fired } = scene;
    await scene.kill();
    expect(await scene.start(), `starts after a kill at call ${at}, ${fired}`).toBe(true);
    await scene.check();
    await scene.kill();
    return started ? undefined : fired;
  });
  console.log(`${kills} kills`);
});

/** A data folder as the first version of the database left it, with one message that was acknowledged. */
async function olderData(scene: Scene, text: string): Promise<void> {
  const data = join(scene.home, "data");
  await rm(data, { recursive: true, force: true });
  await mkdir(data, { mode: 0o700 });
  using older = new DatabaseSync(join(data, "inlet.db"));
  older.exec(`PRAGMA journal_mode = WAL; ${MIGRATIONS[0]}; PRAGMA user_version = 1`);
  const sql = `INSERT INTO items (id, account, kind, from_uri, name, type, size, text, verified, received_at, read)
     VALUES ('old', 'sip:bob@example.net', 'message', 'sip:ann@example.net', :text, 'text/plain', 3, :text, 'unstated', 1, 0)`;
  older.prepare(sql).run({ text });
  scene.messages.set(text, { acknowledged: true });
}

it("C3: killed at any call of the start that brings an older database up to date", { timeout: LONG }, async () => {
  const scene = await newScene();
  const kills = await everyCall(23, async (at) => {
    await olderData(scene, "old");
    const started = await scene.start({ act: "kill", at });
    const { fired } = scene;
    await scene.kill();
    expect(await scene.start(), `starts after a kill at call ${at}, ${fired}`).toBe(true);
    await scene.check();
    await scene.kill();
    return started ? undefined : fired;
  });
  console.log(`${kills} kills`);
});

it("C5: killed at any call of the start that cleans up", { timeout: LONG }, async () => {
  const scene = await newScene();
  await scene.start();
  const kills = await everyCall(15, async (at) => {
    await scene.send(`${at}.bin`, undefined, "middle");
    await scene.kill();
    const started = await scene.start({ act: "kill", at });
    const { fired } = scene;
    try {
      await recovers(scene, `${at}.bin`);
    } catch (error) {
      throw new Error(`killed at call ${at}, ${fired}`, { cause: error });
    }
    return started ? undefined : fired;
  });
  console.log(`${kills} kills`);
});

it("C5: killed at random instants, while it starts too", { timeout: LONG }, async () => {
  const scene = await newScene();
  await scene.start();
  const soon = async (work: Promise<unknown>, within: number): Promise<void> => {
    const instant = setTimeout(() => scene.receiver.child.kill("SIGKILL"), Math.random() * within);
    await work;
    clearTimeout(instant);
  };
  for (let n = 1; n <= (ALL ? 100 : 2); n++) {
    await soon(scene.send(`${n}.bin`), 300);
    await scene.kill();
    const starting = scene.start();
    await scene.launched;
    await soon(starting, 1000);
    await recovers(scene, `${n}.bin`);
  }
});
