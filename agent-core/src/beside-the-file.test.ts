/** What comes in a file's session beside the file: an empty message, and that somebody is typing (RFC 3994). It is taken. */
import { createConnection, type Socket } from "node:net";
import { beforeEach, describe, expect, it } from "vitest";
import { BOB, signIn } from "./agent-testing.ts";
import type { AgentEvent } from "./contract/index.ts";
import { ManualClock } from "./kernel/index.ts";
import { offeredLine, RawCall, type RawCore, rawUntil } from "./testing/index.ts";

const CONTENT = "hello";
let core: RawCore;
let events: AgentEvent[];
let call: RawCall;
let final: string;
let socket: Socket;

beforeEach(async () => {
  const own = await signIn({ clock: new ManualClock(), accept: "all" });
  ({ core, events } = own);
  call = new RawCall(core, BOB, offeredLine(CONTENT, "m=message 7654 TCP/MSRP *", "msrp://127.0.0.1:7654/s1;tcp"));
  final = await call.final(/200/);
  socket = createConnection({ host: "127.0.0.1", port: Number(/:(\d+)\//.exec(path())?.[1]) });
  return async () => {
    socket.destroy();
    await own.dispose();
  };
});

const path = (): string => /^a=path:(\S+)/m.exec(final)?.[1] ?? "";

const message = (id: string, headers: readonly string[], body: string): string =>
  [
    ...[`MSRP ${id} SEND`, `To-Path: ${path()}`, "From-Path: msrp://127.0.0.1:7654/s1;tcp", `Message-ID: m-${id}`],
    ...[...headers, "", body, `-------${id}$`, ""],
  ].join("\r\n");
const FILE = ["Byte-Range: 1-5/5", "Success-Report: yes", "Content-Type: text/plain"];

async function arrived(): Promise<void> {
  await call.bye(final);
  const items = events.filter((event) => event.event === "item");
  expect(items).toMatchObject([{ name: "a.txt", size: CONTENT.length, verified: "yes" }]);
  expect(events.findLast(({ event }) => event === "offerEnded")).toMatchObject({ outcome: "completed" });
}

const TYPING = `<?xml version="1.0"?><isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>idle</state></isComposing>`;

describe("a file arrives whole behind", () => {
  it.each([
    ["an empty message", ["Byte-Range: 1-0/0", "Content-Type: text/plain"], ""],
    ["one that does not say how long it is", ["Content-Type: text/plain"], ""],
    ["one of an open range", ["Byte-Range: 1-*/*", "Content-Type: text/plain"], ""],
    ["the news that somebody is typing", ["Content-Type: application/im-iscomposing+xml"], TYPING],
  ])("%s", async (_, headers, body) => {
    const said = rawUntil(socket, /Status: 000 200/);
    socket.write(message("beside", headers, body) + message("file1", FILE, CONTENT));
    expect(await said).toMatch(/^MSRP beside 200[\s\S]*^MSRP file1 200/m);
    await arrived();
  });
});

it("an empty message is reported where that is asked for", async () => {
  const said = rawUntil(socket, /Status: 000 200[\s\S]*\$/);
  socket.write(message("beside", ["Byte-Range: 1-0/0", "Success-Report: yes", "Content-Type: text/plain"], ""));
  expect(await said).toMatch(/^Message-ID: m-beside\r\nByte-Range: 1-0\/0\r\nStatus: 000 200/m);
});

it("what comes behind the file is taken too", async () => {
  const said = rawUntil(socket, /Status: 000 200/);
  const empty = message("beside", ["Byte-Range: 1-0/0", "Content-Type: text/plain"], "");
  socket.write(message("file1", FILE, CONTENT) + empty);
  expect(await said).toMatch(/^MSRP beside 200/m);
  await arrived();
});
