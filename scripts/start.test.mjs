/** `npm start` as it is run and ended. With an account whose registrar is not there: what counts is the process. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const START = join(ROOT, "scripts/start.mjs");

let dir;
let groups;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "inlet-start-"));
  groups = [];
});

afterEach(async () => {
  for (const { pid } of groups) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // Ended by itself, as it should.
    }
  }
  await rm(dir, { recursive: true, force: true });
});

/** In a process group of its own, which a failed test can end. Without what npm has told this very run. */
function run(program, args) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
  const child = spawn(program, args, { cwd: ROOT, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  groups.push(child);
  return child;
}

const account = () => [
  ...["--no-demo", "--browser", "--aor", "sip:bob@example.net", "--registrar", "sip:127.255.255.254:9;transport=tcp"],
  ...["--data", join(dir, "data"), "--folder", join(dir, "in")],
];

/** Waits for the address, and holds a connection to it: its end tells that the program has ended. */
async function held(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^Inlet is ready\. Open http:\/\/127\.0\.0\.1:(\d+)\/#token=/.exec(line)?.[1];
    if (port === undefined) continue;
    const socket = connect(Number(port), "127.0.0.1");
    await once(socket, "connect");
    socket.on("error", () => undefined);
    socket.resume();
    // A connection that is reset has ended too: `once` would fail by its error.
    return { port: Number(port), gone: new Promise((resolve) => socket.once("close", resolve)) };
  }
  throw new Error("ended without an address");
}

async function refused(port) {
  const socket = connect(port, "127.0.0.1");
  const [error] = await once(socket, "error");
  return error.code;
}

test("--help explains itself and starts nothing", async () => {
  const child = run(process.execPath, [START, "--help"]);
  const [out, [code]] = await Promise.all([child.stdout.toArray(), once(child, "close")]);
  expect(code).toBe(0);
  for (const word of ["--port", "--data", "--no-demo"]) expect(out.join("")).toContain(word);
});

test("an unknown option is refused with exit code 2", async () => {
  const child = run(process.execPath, [START, "--nonsense"]);
  const [err, [code]] = await Promise.all([child.stderr.toArray(), once(child, "close")]);
  expect(code).toBe(2);
  expect(err.join("")).toContain("INLET_USAGE");
});

test.each(["SIGINT", "SIGTERM", "SIGHUP"])("%s ends it with exit code 0", async (signal) => {
  const child = run(process.execPath, [START, ...account()]);
  const { port } = await held(child);
  const closed = once(child, "close");
  child.kill(signal);
  expect(await closed).toEqual([0, null]);
  expect(await refused(port)).toBe("ECONNREFUSED");
});

test.each(["SIGTERM", "SIGKILL"])("npm that gets %s leaves nothing behind", async (signal) => {
  const child = run("npm", ["start", "--ignore-scripts", "--", ...account()]);
  const { port, gone } = await held(child);
  child.kill(signal);
  await gone;
  expect(await refused(port)).toBe("ECONNREFUSED");
});
