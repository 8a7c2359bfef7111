/** `inlet provider`, `receive` and `send` as three processes: what is sent arrives, and every exit code tells the truth. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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
let registrar: string;
const large = randomBytes(3_000_000);

function inlet(...args: string[]): Child {
  const child = spawn(process.execPath, [INLET, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  children.push(child);
  return child;
}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "inlet-round-trip-"));
  children = [];
  for (const name of ["anna", "bob"]) await writeFile(join(dir, name), `secret of ${name}\n`, { mode: 0o600 });
  await writeFile(join(dir, "large.bin"), large);
  await writeFile(join(dir, "small.txt"), "small");
  await writeFile(join(dir, "users"), "bob:secret of bob\n", { mode: 0o600 });
  const users = ["--user", "anna:secret of anna", "--users-file", join(dir, "users")];
  const provider = inlet("provider", "--listen", "127.0.0.1:0", "--domain", "example.net", ...users);
  const address = await line(provider, (text) => /^Listening on (\S+)$/.exec(text)?.[1]);
  registrar = `sip:${address};transport=tcp`;
});

afterEach(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(dir, { recursive: true, force: true });
});

/** The first line of the output of which `pick` makes something. */
async function line<T>(child: Child, pick: (text: string) => T | undefined): Promise<T> {
  const reader = createInterface({ input: child.stdout });
  try {
    for await (const text of reader) {
      const found = pick(text);
      if (found !== undefined) return found;
    }
  } finally {
    reader.close();
  }
  throw new Error("the output ended");
}

const account = (name: string): string[] => [
  ...["--aor", `sip:${name}@example.net`, "--registrar", registrar, "--password-file", join(dir, name)],
];

const receive = (...more: string[]): Child =>
  inlet("receive", ...account("bob"), "--data", join(dir, "data"), "--folder", join(dir, "in"), ...more);

async function send(files: string[], more: string[] = []): Promise<{ code: number; out: string; err: string }> {
  const paths = files.map((name) => join(dir, name));
  const child = inlet("send", ...account("anna"), "--to", "sip:bob@example.net", "--method", "msrp", ...more, ...paths);
  const closed = once(child, "close") as Promise<[number]>;
  const [out, err, [code]] = await Promise.all([child.stdout.toArray(), child.stderr.toArray(), closed]);
  return { code, out: out.join(""), err: err.join("") };
}

const registered = (text: string): true | undefined => (text.startsWith("Registered as") ? true : undefined);

test("what is accepted arrives whole, and both sides end with 0", async () => {
  const receiver = receive("--accept", "all", "--once");
  const closed = once(receiver, "close");
  await line(receiver, registered);
  receiver.stdout.resume();
  const sent = await send(["large.bin", "small.txt"]);
  expect(sent).toEqual({ code: 0, out: "All 2 files were confirmed.\n", err: "" });
  expect((await closed)[0]).toBe(0);
  expect(large.equals(await readFile(join(dir, "in/large.bin")))).toBe(true);
  expect(await readFile(join(dir, "in/small.txt"), "utf8")).toBe("small");
});

test("what is sent with --encrypt goes over TLS, each side known by its fingerprint", async () => {
  const receiver = receive("--accept", "all", "--once");
  const closed = once(receiver, "close");
  await line(receiver, registered);
  receiver.stdout.resume();
  const sent = await send(["large.bin", "small.txt"], ["--encrypt"]);
  expect(sent).toEqual({ code: 0, out: "All 2 files were confirmed.\n", err: "" });
  expect((await closed)[0]).toBe(0);
  const traced = inlet("trace", "--data", join(dir, "data"), "--text");
  const text = (await traced.stdout.toArray()).join("");
  expect(text).toContain("TCP/TLS/MSRP");
  expect(text).toMatch(/From-Path: msrps:/);
});

test.each([[], ["--encrypt"]])(
  "a receiver that nobody can connect to connects to a sender that listens %s",
  async (...more) => {
    const receiver = receive("--accept", "all", "--once", "--behind-nat");
    const closed = once(receiver, "close");
    await line(receiver, registered);
    receiver.stdout.resume();
    const sent = await send(["large.bin", "small.txt"], ["--msrp", "127.0.0.1:0", ...more]);
    expect(sent).toEqual({ code: 0, out: "All 2 files were confirmed.\n", err: "" });
    expect((await closed)[0]).toBe(0);
    expect(large.equals(await readFile(join(dir, "in/large.bin")))).toBe(true);
    const traced = inlet("trace", "--data", join(dir, "data"), "--text");
    expect((await traced.stdout.toArray()).join("")).toMatch(/a=setup:actpass[\s\S]*a=setup:active/);
  },
);

test("what is rejected is told file by file, and both sides end with 1", async () => {
  const receiver = receive("--accept", "none", "--once");
  const closed = once(receiver, "close");
  await line(receiver, registered);
  receiver.stdout.resume();
  const { code, out } = await send(["large.bin", "small.txt"]);
  expect(code).toBe(1);
  expect(out).toMatch(/^rejected {2}\S+large\.bin .*\nrejected {2}\S+small\.txt .*\n$/);
  expect((await closed)[0]).toBe(1);
});

test("a part is accepted by a command in JSON lines: all of that arrives, and the sender's table names both", async () => {
  const receiver = receive("--json", "--once");
  const closed = once(receiver, "close");
  const reader = createInterface({ input: receiver.stdout })[Symbol.asyncIterator]();
  async function until(event: string, state?: string): Promise<Record<string, unknown>> {
    for (;;) {
      const { value } = await reader.next();
      const message = JSON.parse(value as string) as Record<string, unknown>;
      if (message.event === event && (state === undefined || message.state === state)) return message;
    }
  }
  await until("registration", "registered");
  const sent = send(["large.bin", "small.txt"]);
  const { id } = await until("offer");
  receiver.stdin.write(`${JSON.stringify({ id: 1, command: "offers.decide", params: { offer: id, accept: [1] } })}\n`);
  expect(await until("item")).toMatchObject({ offer: id, index: 1, name: "small.txt", verified: "yes", size: 5 });
  expect(await until("offerEnded")).toMatchObject({ id, outcome: "completed" });
  expect((await closed)[0]).toBe(0);
  const { code, out } = await sent;
  expect(code).toBe(1);
  expect(out).toMatch(/^rejected +\S+large\.bin/m);
  expect(out).toMatch(/^confirmed +\S+small\.txt/m);
});

test("small files go as messages to several receivers; one line of JSON says what became of each", async () => {
  const receiver = receive("--json");
  const reader = createInterface({ input: receiver.stdout })[Symbol.asyncIterator]();
  const until = async (event: string, state?: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const { value } = await reader.next();
      const message = JSON.parse(value as string) as Record<string, unknown>;
      if (message.event === event && (state === undefined || message.state === state)) return message;
    }
  };
  await until("registration", "registered");
  const { code, out } = await send(["small.txt"], ["--to", "sip:nobody@example.net", "--method", "auto", "--json"]);
  expect(code).toBe(1);
  const lines = out.trimEnd().split("\n");
  expect(lines.map((text) => JSON.parse(text) as unknown)).toMatchObject([
    { to: "sip:bob@example.net", method: "message", outcome: "confirmed" },
    {
      to: "sip:nobody@example.net",
      method: "message",
      outcome: "failed",
      reason: { code: expect.stringMatching(/^INLET_/) },
    },
  ]);
  expect(await until("item")).toMatchObject({ kind: "message", text: "small" });
});

test("nobody there, a wrong password, no such file: each has its own words and exit code 1", async () => {
  const nobody = await send(["small.txt"]);
  expect(nobody.code).toBe(1);
  expect(nobody.out).toMatch(/^failed {2}\S+small\.txt .*\[INLET_\w+\]\n$/);
  const wrong = await send(["small.txt"], ["--password-file", join(dir, "bob")]);
  expect(wrong.code).toBe(1);
  expect(wrong.err).toContain("INLET_AUTH_REJECTED");
  const none = await send(["none.txt"]);
  expect(none.code).toBe(1);
  expect(none.out).toContain("INLET_FILE_UNREADABLE");
});

test("inlet trace shows the exchange while the agent runs and after, one call or all, and no secret", async () => {
  const receiver = receive("--accept", "all");
  await line(receiver, registered);
  receiver.stdout.resume();
  expect((await send(["large.bin"])).code).toBe(0);
  // The trace is written in batches: the last BYE may still be on its way to the disk.
  const shown = async (...more: string[]): Promise<string> => {
    const child = inlet("trace", "--data", join(dir, "data"), ...more);
    const [out] = await Promise.all([child.stdout.toArray(), once(child, "close")]);
    return out.join("");
  };
  await expect.poll(() => shown(), { timeout: 10_000 }).toMatch(/◀─+ REPORT|─ REPORT 1-3000000\/3000000 .*▶/);
  const running = await shown();
  expect(running).toMatch(/^ +Inlet +TCP 127\.0\.0\.1:\d+ +MSRP 127\.0\.0\.1\n/);
  expect(running).toMatch(/─ REGISTER sip:example\.net ─+▶│/);
  expect(running).toMatch(/◀─+ INVITE sip:/);
  expect(running).toMatch(/◀─+ SEND \d+-\S+\/3000000 ─+│/);

  const text = await shown("--text");
  expect(text).toContain("=== ");
  const call = /INVITE sip:[\s\S]*?\nCall-ID: (.+)\n/.exec(text)?.[1] ?? "";
  const closed = once(receiver, "close");
  receiver.kill("SIGTERM");
  await closed;
  const after = await shown("--call", call);
  expect(after).toMatch(/INVITE[\s\S]*200 OK \(INVITE\)[\s\S]*ACK[\s\S]*SEND[\s\S]*REPORT/);
  expect(after).not.toContain("REGISTER");
  expect((await shown("--last", "2")).trimEnd().split("\n")).toHaveLength(4);
  expect(await shown("--call", "nobody")).toBe("");
  expect(text).not.toMatch(/secret of bob|response="[0-9a-f]{32}/);
});
