/**
 * K7: the folder for received files is removed, taken by something else, made read-only or on a disk that is not there, before
 * and while the agent runs: it says what to do, takes nothing that it could not keep, and goes on by itself when that is done.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { Scene } from "./faults/scene.ts";

interface Harm {
  readonly code: string;
  harm(folder: string): Promise<unknown> | undefined;
  mend(folder: string): Promise<unknown> | undefined;
}

const run = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
const root = process.getuid?.() === 0;

const HARMS: Readonly<Record<string, Harm>> = {
  "taken by a file": {
    code: "INLET_FOLDER_TAKEN",
    harm: async (folder) => {
      await rename(folder, `${folder}.away`);
      await writeFile(folder, "");
    },
    mend: async (folder) => {
      await rm(folder);
      await rename(`${folder}.away`, folder);
    },
  },
  "replaced by a link": {
    code: "INLET_FOLDER_TAKEN",
    harm: async (folder) => {
      await rename(folder, `${folder}.away`);
      await mkdir(`${folder}.other`);
      await symlink(`${folder}.other`, folder);
    },
    mend: async (folder) => {
      await rm(folder);
      await rename(`${folder}.away`, folder);
    },
  },
  "read-only": {
    code: "INLET_FOLDER_READ_ONLY",
    // Rights do not bind root.
    harm: (folder) => (root ? void run("mount", "-o", "remount,ro", folder) : chmod(folder, 0o500)),
    mend: (folder) => (root ? void run("mount", "-o", "remount,rw", folder) : chmod(folder, 0o700)),
  },
  "on a disk that is not there": {
    code: "INLET_FOLDER_GONE",
    harm: (folder) => void run("mount", "--move", folder, `${folder}.away`),
    mend: (folder) => void run("mount", "--move", `${folder}.away`, folder),
  },
};

/** With a folder of its own disk, where that is possible and wanted. undefined: it is not possible. */
async function sceneFor(name: string): Promise<{ scene: Scene; folder: string } | undefined> {
  const scene = await Scene.create();
  const folder = join(scene.home, "files");
  const disk = name === "on a disk that is not there" || (name === "read-only" && root);
  onTestFinished(async () => {
    await scene.kill();
    if (disk) for (const at of [folder, `${folder}.away`, scene.home]) run("umount", at);
    await scene[Symbol.asyncDispose]();
  });
  if (!disk) return { scene, folder };
  // A mount can be moved only out of one that is not shared.
  const possible = run("mount", "-t", "tmpfs", "none", scene.home) && run("mount", "--make-private", scene.home);
  if (!possible) {
    console.log(`left out: a folder ${name} (only root may mount)`);
    return undefined;
  }
  await mkdir(folder);
  await mkdir(`${folder}.away`);
  return run("mount", "-t", "tmpfs", "none", folder) ? { scene, folder } : undefined;
}

/** Without anybody asking for it. */
const trouble = async (scene: Scene, code: string): Promise<void> => {
  await scene.receiver.event("error", (line) => line.code === code);
  const told = await scene.receiver.event("folder", (line) => line.usable === false);
  expect(told).toEqual({
    event: "folder",
    path: join(scene.home, "files"),
    usable: false,
    reason: expect.objectContaining({ code }),
  });
};
const usable = (scene: Scene): Promise<unknown> =>
  scene.receiver.event("folder", (line) => line.usable === true && line.reason === undefined);

it.each(Object.keys(HARMS))("K7, folderLook: %s while the agent runs", async (name) => {
  const harm = HARMS[name] as Harm;
  const setUp = await sceneFor(name);
  if (setUp === undefined) return;
  const { scene, folder } = setUp;
  await scene.start();
  expect(await scene.send("before")).toMatchObject({ acknowledged: true });
  await scene.send("waits", undefined, "shown");
  const offer = scene.sent.get("waits")?.shown[0] ?? "";
  await harm.harm(folder);
  await trouble(scene, harm.code);
  const decide = () => scene.receiver.command("offers.decide", { offer, accept: [0] });
  expect(await decide()).toMatchObject({ error: { code: harm.code } });
  await scene.message("a message needs no folder");
  await harm.mend(folder);
  await usable(scene);
  expect(await decide()).toHaveProperty("result");
  expect(await scene.send("after")).toMatchObject({ acknowledged: true });
  expect(scene.messages.get("a message needs no folder")).toEqual({ acknowledged: true });
  await scene.kill();
  await scene.start();
  await scene.check({ parts: 1 });
});

it.each(Object.keys(HARMS).filter((name) => name !== "replaced by a link"))(
  "K7: %s when the agent starts",
  async (name) => {
    const harm = HARMS[name] as Harm;
    const setUp = await sceneFor(name);
    if (setUp === undefined) return;
    const { scene, folder } = setUp;
    await scene.start();
    expect(await scene.send("before")).toMatchObject({ acknowledged: true });
    await scene.kill();
    await harm.harm(folder);
    expect(await scene.start()).toBe(true);
    await trouble(scene, harm.code);
    await harm.mend(folder);
    await usable(scene);
    expect(await scene.send("after")).toMatchObject({ acknowledged: true });
    await scene.check();
  },
);

// A disk on which a file is written cannot be made read-only; rights count when a file is opened.
it.each(["taken by a file", "on a disk that is not there"])(
  "K7: %s in the middle of a file: it is not acknowledged, and comes again",
  async (name) => {
    const harm = HARMS[name] as Harm;
    const setUp = await sceneFor(name);
    if (setUp === undefined) return;
    const { scene, folder } = setUp;
    await scene.start();
    await scene.send("file", randomBytes(1_500_000), "middle");
    await harm.harm(folder);
    await trouble(scene, harm.code);
    await harm.mend(folder);
    await scene.kill();
    await scene.start();
    expect(await scene.send("file")).toMatchObject({ acknowledged: true });
    await scene.check();
  },
);

it("K7: removed, it is made again", async () => {
  const setUp = await sceneFor("removed");
  if (setUp === undefined) return;
  const { scene, folder } = setUp;
  await scene.start();
  await rm(folder, { recursive: true });
  expect(await scene.send("after")).toMatchObject({ acknowledged: true });
  await scene.check();
});
