/**
 * A disk that fails (attacks K1, K5): one call to it after the other fails, once or with all that follow, and the agent lives,
 * says so with a code, acknowledges nothing that it has not kept, and works when the disk does. `INLET_FAULTS=all` tries
 * every call; otherwise some of them, spread over the whole.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type Errno, NOTHING } from "./faults/plan.ts";
import { Scene } from "./faults/scene.ts";
import type { Line } from "./receive-process.ts";

const ALL = process.env.INLET_FAULTS === "all";
/** More than the calls of any run here: a loop that comes so far found no run that passes. */
const MOST = 500;
const LONG = 20 * 60_000;

/** The codes that the agent said. Each is told at most once in a while. */
const said = ({ receiver }: Scene): string[] =>
  receiver.lines.flatMap(({ event, code, reason }) => {
    const told = event === "error" ? code : (reason as { code?: unknown } | undefined)?.code;
    return typeof told === "string" ? [told] : [];
  });

it.each<[Errno, "once" | "and all that follow", number]>([
  ["ENOSPC", "once", 9],
  ["ENOSPC", "and all that follow", 9],
  ["EIO", "once", 13],
  ["EIO", "and all that follow", 13],
  ["EACCES", "and all that follow", 2],
  ["EMFILE", "and all that follow", 2],
  ["short", "once", 4],
])("K1, K5: %s at any call, %s", { timeout: LONG }, async (act, how, stride) => {
  await using scene = await Scene.create();
  await scene.start();
  const lasting = how !== "once";
  let faults = 0;
  for (let at = 1; ; at += ALL ? 1 : stride, faults++) {
    expect(at).toBeLessThan(MOST);
    const name = `${at}.bin`;
    await scene.arm({ act, at, lasting });
    const before = scene.receiver.lines.length;
    const sending = scene.send(name);
    const waits = (line: Line): boolean =>
      line.code === "INLET_DISK_WAITING" && scene.receiver.lines.indexOf(line) >= before;
    const paused = scene.receiver.line(waits, LONG).then(
      () => true,
      () => false,
    );
    let fired: string | undefined;
    if (await Promise.race([paused, sending.then(() => false)])) {
      ({ fired } = scene);
      await scene.arm(NOTHING);
      expect(await sending).toMatchObject({ acknowledged: true });
    }
    await scene.message(`message ${at}`);
    fired ??= scene.fired;
    if (fired === undefined) break;
    try {
      expect(scene.receiver.ended, `lives; ${scene.receiver.stderr.slice(-1500)}`).toBe(false);
      await scene.arm(NOTHING);
      const kept = scene.sent.get(name)?.acknowledged === true;
      if (!kept) expect(said(scene)).not.toEqual([]);
      expect(await scene.send(kept ? `after ${name}` : name)).toMatchObject({ acknowledged: true });
      await scene.check({ folder: false });
    } catch (error) {
      throw new Error(`${act} at call ${at}, ${fired}`, { cause: error });
    }
  }
  await scene.kill();
  expect(await scene.start()).toBe(true);
  // A disk on which nothing could be undone either has parts left, which can be gone on with.
  await scene.check({ parts: lasting ? faults : 0 });
  console.log(`${faults} faults`);
});

const STARTS: [Errno, number][] = [
  ["ENOSPC", 11],
  ["EIO", 33],
];
if (ALL) STARTS.push(["EACCES", 1], ["EMFILE", 1]);

it.each(STARTS)(
  "K1: %s at any call of a start: it says why and ends, or goes without",
  { timeout: LONG },
  async (act, stride) => {
    await using scene = await Scene.create();
    let refused = 0;
    for (let at = 1; ; at += ALL ? 1 : stride) {
      expect(at).toBeLessThan(MOST);
      // The first start makes the database, later ones find a part to go on with, and an offer that was cut off.
      const fresh = at % 2 === 0;
      if (fresh) await rm(join(scene.home, "data"), { recursive: true, force: true });
      else {
        expect(await scene.start()).toBe(true);
        await scene.send(`${at}.bin`, undefined, "middle");
        await scene.kill();
      }
      const started = await scene.start({ act, at, lasting: true, only: "^sql |^\\S+ (data|files)" });
      const { fired } = scene;
      if (!started) {
        refused += 1;
        expect(scene.receiver.child.exitCode, `${act} at ${fired}`).toBe(1);
        expect(scene.receiver.stderr, `${act} at ${fired}`).toMatch(/^inlet: .* \[INLET_[A-Z_]+\]$/m);
        expect(said(scene)).not.toEqual([]);
      }
      await scene.kill();
      if (fired === undefined && !fresh) break;
    }
    expect(await scene.start()).toBe(true);
    console.log(`${refused} starts refused`);
  },
);
