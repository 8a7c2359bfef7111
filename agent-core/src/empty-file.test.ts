/** A file without octets (a=file-selector with size:0): however its sender says that this is all, it arrives. */
import { readFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { beforeEach, describe, expect, it } from "vitest";
import { BOB, signIn } from "./agent-testing.ts";
import type { AgentEvent } from "./contract/index.ts";
import { ManualClock } from "./kernel/index.ts";
import { offeredLine, RawCall, type RawCore, rawUntil } from "./testing/index.ts";

let core: RawCore;
let events: AgentEvent[];
let call: RawCall;
let final: string;
let socket: Socket;

beforeEach(async () => {
  const own = await signIn({ clock: new ManualClock(), accept: "all" });
  ({ core, events } = own);
  return async () => {
    socket.destroy();
    await own.dispose();
  };
});

async function accepted(content: string): Promise<void> {
  call = new RawCall(core, BOB, offeredLine(content, "m=message 7654 TCP/MSRP *", "msrp://127.0.0.1:7654/s1;tcp"));
  final = await call.final(/200/);
  socket = createConnection({ host: "127.0.0.1", port: Number(/:(\d+)\//.exec(path())?.[1]) });
}
const path = (): string => /^a=path:(\S+)/m.exec(final)?.[1] ?? "";

/** A SEND of these headers, with a body or without; resolves with what came back once `wanted` has. */
async function send(id: string, headers: readonly string[], wanted: RegExp, body?: string): Promise<string> {
  const lines = [`MSRP ${id} SEND`, `To-Path: ${path()}`, "From-Path: msrp://127.0.0.1:7654/s1;tcp", ...headers];
  const said = rawUntil(socket, wanted);
  socket.write(`${lines.join("\r\n")}\r\n${body === undefined ? "" : `\r\n${body}\r\n`}-------${id}$\r\n`);
  return said;
}
const items = () => events.filter((event) => event.event === "item");

/** One item, of no octets; the offer is complete. */
async function arrived(): Promise<void> {
  await call.bye(final);
  expect(items()).toMatchObject([{ name: "a.txt", size: 0, verified: "yes" }]);
  expect(readFileSync(items()[0]?.path ?? "")).toHaveLength(0);
  expect(events.findLast(({ event }) => event === "offerEnded")).toMatchObject({ outcome: "completed" });
}

describe("a file of no octets arrives", () => {
  it.each([
    ["by a SEND without a body", ["Message-ID: m1"]],
    ["by one that says its range", ["Message-ID: m1", "Byte-Range: 1-0/0"]],
    ["by one that names its type", ["Message-ID: m1", "Byte-Range: 1-0/0", "Content-Type: text/plain"]],
  ])("%s", async (_, headers) => {
    await accepted("");
    await send("tid1", headers, /^MSRP tid1 200/m);
    await arrived();
  });

  it("and is confirmed where that is asked for", async () => {
    await accepted("");
    const report = await send("tid1", ["Message-ID: m1", "Success-Report: yes"], /REPORT[\s\S]*-------\S+\$/);
    expect(report).toMatch(/^MSRP tid1 200/m);
    expect(report).toMatch(/^Message-ID: m1\r\nByte-Range: 1-0\/0\r\nStatus: 000 200/m);
    await arrived();
  });

  it.each([
    ["waits for the answer", /^MSRP tid1 200/m],
    ["does not wait", /^/],
  ])("once, where its sender binds first, %s, and then says the same with an empty body", async (_, wanted) => {
    await accepted("");
    const bound = send("tid1", ["Message-ID: bind"], wanted);
    if (wanted.source !== "^") await bound;
    const whole = ["Message-ID: m1", "Byte-Range: 1-0/0", "Success-Report: yes", "Content-Type: text/plain"];
    const report = await send("tid2", whole, /REPORT[\s\S]*-------\S+\$/, "");
    expect(report).toMatch(/^MSRP tid2 200/m);
    expect(report).toMatch(/^Message-ID: m1\r\nByte-Range: 1-0\/0\r\nStatus: 000 200/m);
    await send("tid3", ["Message-ID: alive"], /^MSRP tid3 200/m);
    await arrived();
  });

  it("and octets that follow are refused", async () => {
    await accepted("");
    await send("tid1", ["Message-ID: m1"], /^MSRP tid1 200/m);
    await send("tid2", ["Message-ID: m2", "Content-Type: text/plain"], /^MSRP tid2 413/m, "x");
    await arrived();
  });
});

it("of a file with octets a SEND without a body is no part", async () => {
  await accepted("hello");
  await send("tid1", ["Message-ID: alive", "Success-Report: yes"], /^MSRP tid1 200/m);
  await send("tid2", ["Message-ID: alive2", "Byte-Range: 1-0/0"], /^MSRP tid2 200/m);
  expect(items()).toEqual([]);
  const whole = ["Message-ID: m1", "Byte-Range: 1-5/5", "Content-Type: text/plain"];
  await send("tid3", whole, /^MSRP tid3 200/m, "hello");
  await call.bye(final);
  expect(items()).toMatchObject([{ size: 5, verified: "yes" }]);
});
