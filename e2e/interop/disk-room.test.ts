/** K1: a disk that has no room for a while: the sender is held up, told nothing wrong, and answered when all is kept. */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NOTHING } from "./faults/plan.ts";
import { Scene } from "./faults/scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create();
  await scene.start();
});
afterEach(() => scene[Symbol.asyncDispose]());

it.each([
  ["in the middle of a file", "^writeSync files", 3],
  ["at the first octet", "^writeSync files", 1],
])("K1: full %s, receiving is paused, and goes on when there is room", async (name, only, at) => {
  await scene.arm({ act: "ENOSPC", at, only, lasting: true });
  const sent = scene.send(name, randomBytes(3_000_000));
  const { receiver } = scene;
  expect(await receiver.event("error")).toMatchObject({
    code: "INLET_DISK_WAITING",
    text: expect.stringMatching(/needs \d+ octets/),
  });
  await scene.arm(NOTHING);
  expect(await sent).toMatchObject({ acknowledged: true });
  await scene.check();
  expect(scene.refusals).toEqual([]);
});

it.each([
  ["for its name", "^linkSync", undefined],
  ["for its record", "^sql COMMIT", "^linkSync"],
])(
  "K1: full when a whole file lacks room %s, it is kept all the same when there is some",
  async (name, only, since) => {
    await scene.arm({ act: "ENOSPC", at: 1, only, ...(since !== undefined && { since }) });
    expect(await scene.send(name)).toMatchObject({ acknowledged: true });
    expect(scene.fired).toBeDefined();
    await scene.check();
  },
);

it("K1: cancelled while it is paused, nothing is left", async () => {
  await scene.arm({ act: "ENOSPC", at: 2, only: "^writeSync files", lasting: true });
  const sent = scene.send("unwanted", randomBytes(3_000_000));
  const { receiver } = scene;
  await receiver.event("error");
  const offer = (await receiver.event("offer")).id;
  await receiver.command("transfers.cancel", { offer, index: 0 });
  expect(await sent).toMatchObject({ acknowledged: false });
  await scene.arm(NOTHING);
  await scene.check();
});

it("K1: a file beyond what the person lets received files take is refused in words, and taken when that is lifted", async () => {
  const { receiver } = scene;
  expect(await receiver.command("settings.set", { accountQuota: 1_000_000 })).toHaveProperty("result");
  expect(await scene.send("large")).toMatchObject({ acknowledged: false });
  expect(scene.refusals).toEqual(["480"]);
  expect(await receiver.event("offerEnded")).toMatchObject({ outcome: "failed", reason: { code: "INLET_QUOTA_FULL" } });
  await receiver.command("settings.set", { accountQuota: null });
  expect(await scene.send("large")).toMatchObject({ acknowledged: true });
  await scene.check();
});
