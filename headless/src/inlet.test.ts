/** The `inlet` command as it is run: a process, its streams, its signals, its exit code. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const INLET = fileURLToPath(new URL("./inlet.ts", import.meta.url));
type Child = ChildProcessByStdio<Writable, Readable, Readable>;

let dir: string;
let children: Child[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "inlet-command-"));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(dir, { recursive: true, force: true });
});

function inlet(...args: string[]): Child {
  const child = spawn(process.execPath, [INLET, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  return child;
}

/** An agent whose registrar is not there: port 9 of a loopback address that nobody uses. */
const receive = (...more: string[]): Child =>
  inlet(
    ...["receive", "--aor", "sip:bob@example.net", "--registrar", "sip:127.255.255.254:9;transport=tcp"],
    ...["--data", join(dir, "data"), "--folder", join(dir, "in"), ...more],
  );

async function ended(child: Child): Promise<{ code: number | null; out: string; err: string }> {
  const [out, err, [code]] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, out: out.join(""), err: err.join("") };
}

function lines(child: Child): AsyncIterator<string> {
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

async function until(reader: AsyncIterator<string>, wanted: (line: Record<string, unknown>) => boolean) {
  for (;;) {
    const { value, done } = await reader.next();
    if (done === true) throw new Error("the output ended");
    const line = JSON.parse(value as string) as Record<string, unknown>;
    if (wanted(line)) return line;
  }
}

test.each([
  [["--help"]],
  [["receive", "--help"]],
  [["serve", "-h"]],
  [["send", "--help"]],
  [["provider", "--help"]],
  [["trace", "--help"]],
])("%j explains itself, with an example", async (args) => {
  const { code, out, err } = await ended(inlet(...args));
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^Usage: inlet/);
  expect(out).toMatch(/Examples?:/);
});

test.each([
  [["--nonsense"], "--nonsense"],
  [["launch"], "launch"],
  [["receive", "--nonsense"], "--nonsense"],
  [["receive"], "--aor is needed"],
  [["receive", "--aor", "bob"], "bob"],
  [["receive", "--aor", "sip:b@x", "--accept", "some"], "--accept"],
  [["receive", "--aor", "sip:b@x", "--accept-types", "image"], "--accept-types"],
  [["receive", "--aor", "sip:b@x", "--msrp", "nowhere"], "HOST:PORT"],
  [["receive", "--aor", "sip:b@x", "--msrp-relay", "relay.example.net"], "msrps://HOST:PORT;tcp"],
  [["receive", "--aor", "sip:b@x", "--msrp-key", import.meta.filename], "--msrp-certificate"],
  [
    ["receive", "--aor", "sip:b@x", "--msrp-key", import.meta.filename, "--msrp-certificate", import.meta.filename],
    "does not belong",
  ],
  [["receive", "--aor", "sip:b@x", "--tls-ca", import.meta.filename], "no certificate"],
  [["receive", "--aor", "sip:b@x", "--password-file", "/nowhere/at/all"], "ENOENT"],
  [["serve", "--aor", "sip:b@x", "--port", "99999"], "--port"],
  [["send", "--aor", "sip:a@x", "--registrar", "sip:127.0.0.1", "--to", "sip:b@x"], "a FILE is needed"],
  [["provider", "--user", "nocolon"], "NAME:PASSWORD"],
  [["trace", "--ladder", "--text"], "exclude each other"],
  [["trace", "--last", "some"], "--last"],
])("%j is a usage error", async (args, why) => {
  const { code, out, err } = await ended(inlet(...args));
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain("[INLET_USAGE]");
  expect(err).toContain(why);
});

test("--version says which one it is", async () => {
  const { code, out } = await ended(inlet("--version"));
  expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^inlet \d+\.\d+\.\d+\n$/) });
});

test("an address that is none is a mistake of the command line too", async () => {
  const to = ["--to", "sip:b@x", import.meta.filename];
  const { code, err } = await ended(inlet("send", "--aor", "sip:a@x", "--registrar", "http://x", ...to));
  expect(code).toBe(2);
  expect(err).toContain("[INLET_SIP_URI]");
});

test("--json: events first, commands answered, end of input survived, quit with exit code 0", async () => {
  const child = receive("--json");
  const reader = lines(child);
  expect(await until(reader, () => true)).toMatchObject({
    event: "ready",
    msrp: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
  });
  child.stdin.write('nonsense\n{"id":1,"command":"items.list"}\n');
  expect(await until(reader, (line) => "id" in line)).toMatchObject({
    id: null,
    error: { code: "INLET_COMMAND_INVALID" },
  });
  expect(await until(reader, (line) => "id" in line)).toEqual({ id: 1, result: { items: [] } });
  await until(reader, (line) => line.event === "registration" && line.state === "lost");
  const closed = once(child, "close");
  child.stdin.end('{"id":2,"command":"quit"}\n');
  await until(reader, (line) => line.id === 2);
  expect((await closed)[0]).toBe(0);
});

test("the end of the input alone does not end the agent; SIGTERM does, with exit code 0", async () => {
  const child = receive("--json");
  const reader = lines(child);
  child.stdin.end();
  await until(reader, (line) => line.event === "registration" && line.state === "lost");
  const closed = once(child, "close");
  child.kill("SIGTERM");
  expect((await closed)[0]).toBe(0);
});

test("a reader that goes away ends the agent without an error", async () => {
  const child = receive("--json", "--log", "error");
  await once(child.stdout, "data");
  child.stdout.destroy();
  const [err, [code]] = await Promise.all([child.stderr.toArray(), once(child, "close")]);
  expect({ code, err: err.join("") }).toEqual({ code: 0, err: "" });
});

test("a data folder in use is a named error, on the standard output too for who reads JSON", async () => {
  const first = receive("--json");
  await until(lines(first), (line) => line.event === "ready");
  const { code, out, err } = await ended(receive("--json"));
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ event: "error", code: "INLET_STORE_BUSY" });
  expect(err).toContain("INLET_STORE_BUSY");
});

test("the password comes from the standard input before the commands, and is in no output", async () => {
  const child = receive("--json", "--password-file", "-", "--log", "debug");
  child.stdin.write('Hunter2Secret\n{"id":1,"command":"items.list"}\n{"id":2,"command":"quit"}\n');
  const { code, out, err } = await ended(child);
  expect(code).toBe(0);
  expect(out).toContain('{"id":1,"result":');
  expect(out + err).not.toContain("Hunter2Secret");
});

test("lines for a person end on SIGINT with exit code 0", async () => {
  const child = receive();
  const reader = lines(child);
  for (;;) if (String((await reader.next()).value).startsWith("Connection lost")) break;
  const closed = once(child, "close");
  child.kill("SIGINT");
  expect((await closed)[0]).toBe(0);
});

test("serve prints the address of a page that answers", async () => {
  const child = inlet(
    ...["serve", "--aor", "sip:bob@example.net", "--registrar", "sip:127.255.255.254:9;transport=tcp"],
    ...["--data", join(dir, "data"), "--folder", join(dir, "in")],
  );
  const reader = lines(child);
  let address: string | undefined;
  while (address === undefined) {
    address = /^Inlet is ready\. Open (http:\/\/127\.0\.0\.1:\d+\/)#token=[\w-]{43}$/.exec(
      String((await reader.next()).value),
    )?.[1];
  }
  const response = await fetch(address);
  // Built or not: it is there, and guarded.
  expect([200, 503]).toContain(response.status);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  await response.text();
  const closed = once(child, "close");
  child.kill("SIGTERM");
  expect((await closed)[0]).toBe(0);
});
