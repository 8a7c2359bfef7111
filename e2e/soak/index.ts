/**
 * Soak: `npm run soak -- [SECONDS]`, 120 by default. First a day in fast time, where time is owned (the endurance tests). Then
 * the agent as a process is given all kinds of work for that long, good and bad, and asked again and again what it holds. Ends
 * with 1 if that grows.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LIMITS } from "@inlet/agent-core/kernel";
import { header, RawCore } from "@inlet/agent-core/testing";
import { answerPaths, fromPath, offerOf } from "../interop/offers.ts";
import { RawMsrp } from "../interop/raw-msrp.ts";
import { ReceiveProcess } from "../interop/receive-process.ts";
import type { Held } from "./probe.ts";

const MIB = 1024 * 1024;
const PROBE = fileURLToPath(new URL("probe.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Rounds until caches and compiled code are what they stay. */
const WARM_UP = 40;
const EVERY = 20;
/**
 * What may be more at the end than after the warm-up; a leak of one of each a round is more in a minute. What malloc has once had
 * it keeps: the whole process is told to show that this, too, comes to an end.
 */
const BOUNDS: Readonly<Record<string, number>> = {
  heap: 4 * MIB,
  external: 4 * MIB,
  handles: 4,
  timers: 8,
  parts: LIMITS.partialCount,
  rss: 160 * MIB,
};

const core = await RawCore.listen();
const receiver = await ReceiveProcess.start(core.port, [], undefined, { preload: { module: PROBE, env: {} } });
let calls = 0;

async function offer(name: string, data: Buffer, accept: boolean): Promise<{ path?: string; bye(): Promise<void> }> {
  const call = `soak-${++calls}`;
  const after = receiver.lines.length;
  const body = offerOf([{ name, type: "application/octet-stream", data }]);
  core.request("INVITE", "sip:bob@example.net", [`Call-ID: ${call}`, "Content-Type: application/sdp"], body);
  const shown = await receiver.line((line) => line.event === "offer" && receiver.lines.indexOf(line) >= after);
  await receiver.command("offers.decide", { offer: shown.id, accept: accept ? [0] : [] });
  const answer = await core.next(new RegExp(`^SIP/2\\.0 [2-6](?=[^]*\nCall-ID: ${call}\r)`));
  const dialog = [`Call-ID: ${call}`, `To: ${header(answer, "To")}`];
  core.request("ACK", "sip:bob@example.net", [...dialog, "CSeq: 1 ACK"]);
  const [path] = answerPaths(answer.slice(answer.indexOf("\r\n\r\n")));
  const bye = async (): Promise<void> => {
    core.request("BYE", "sip:bob@example.net", [...dialog, "CSeq: 2 BYE"]);
    await receiver.event("offerEnded", ({ id }) => id === shown.id);
  };
  return { ...(path !== undefined && { path }), bye };
}

async function whole(round: number): Promise<void> {
  const data = randomBytes(200_000);
  const { path = "", bye } = await offer(`${round}.bin`, data, true);
  const sender = await RawMsrp.open(path);
  await sender.send({ to: path, from: fromPath(0), data, chunk: 20_000 });
  await sender.until(/Status: 000 200/);
  await bye();
  sender.close();
}

/** Its connection is cut in the middle, and the offer ended. */
async function broken(round: number): Promise<void> {
  const data = randomBytes(200_000);
  const { path = "", bye } = await offer(`broken ${round}.bin`, data, true);
  const sender = await RawMsrp.open(path);
  const lines = [`MSRP half${round} SEND`, `To-Path: ${path}`, `From-Path: ${fromPath(0)}`, "Message-ID: half"];
  await sender.write(Buffer.from(`${lines.join("\r\n")}\r\nByte-Range: 1-*/200000\r\nContent-Type: a/b\r\n\r\n12345`));
  sender.close();
  await bye();
}

async function noise(): Promise<void> {
  const port = Number(String(receiver.lines.find(({ event }) => event === "ready")?.msrp).split(":")[1]);
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write("GET / HTTP/1.1\r\n\r\n");
  socket.resume();
  await once(socket, "close");
}

async function message(round: number): Promise<void> {
  const call = `soak-message-${round}`;
  core.request("MESSAGE", "sip:bob@example.net", [`Call-ID: ${call}`, "Content-Type: text/plain"], `round ${round}`);
  await core.next(new RegExp(`^SIP/2\\.0 200(?=[^]*\nCall-ID: ${call}\r)`));
}

async function oneRound(round: number): Promise<void> {
  await whole(round);
  await (await offer(`unwanted ${round}.bin`, randomBytes(10), false)).bye().catch(() => undefined);
  await broken(round);
  await message(round);
  await noise();
  core.request("INVITE", "sip:bob@example.net", ["Content-Type: application/sdp"], "v=0\r\nnonsense");
  const { result } = await receiver.command("items.list", { limit: 10 });
  for (const { id } of (result as { items: { id: string }[] }).items) await receiver.command("items.delete", { id });
  // What a person would have read by now is of no use to the driver either.
  receiver.lines.splice(0, receiver.lines.length, ...receiver.lines.filter(({ event }) => event === "ready"));
}

async function held(): Promise<Held & { readonly parts: number }> {
  const answer = once(receiver.child, "message");
  receiver.child.send("what do you hold");
  const [told] = (await answer) as [Held];
  const parts = (await readdir(join(receiver.home, "files"))).filter((name) => name.startsWith(".")).length;
  return { ...told, parts };
}

const seconds = Number(process.argv[2] ?? 120);
const fast = spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "endurance"], {
  cwd: ROOT,
  stdio: "inherit",
});
await core.register();
await receiver.registered();
console.log(`Working for ${seconds} s\nround     rss    heap external handles  timers  parts`);
const samples: (Held & { readonly parts: number })[] = [];
const until = performance.now() + seconds * 1000;
let round = 0;
while (performance.now() < until || samples.length < 2) {
  await oneRound(round);
  if (++round < WARM_UP || round % EVERY !== 0) continue;
  const now = await held();
  samples.push(now);
  const mib = (octets: number): string => (octets / MIB).toFixed(1).padStart(7);
  console.log(
    `${String(round).padStart(5)} ${mib(now.rss)} ${mib(now.heap)} ${mib(now.external)} ${String(now.handles).padStart(8)} ${String(now.timers).padStart(7)} ${String(now.parts).padStart(6)}`,
  );
}
await receiver.remove();
await core[Symbol.asyncDispose]();
const [first, last] = [samples[0], samples.at(-1)];
const grown = Object.entries(BOUNDS).flatMap(([what, bound]) => {
  const key = what as keyof Held;
  const more = (last?.[key] ?? 0) - (first?.[key] ?? 0);
  return more > bound ? [`${what} grew by ${more}`] : [];
});
console.log(grown.length === 0 ? `${round} rounds: nothing grows` : `${round} rounds: ${grown.join(", ")}`);
process.exitCode = grown.length === 0 && fast.status === 0 ? 0 : 1;
