/** M20: a sender whose connection is lost in the middle of a file connects again while its dialog stands (RFC 4975 §5.4). */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import type { Agent } from "./agent.ts";
import { BOB, type SignedIn, signIn } from "./agent-testing.ts";
import type { AgentState } from "./contract/index.ts";
import { LIMITS, ManualClock, millis } from "./kernel/index.ts";
import { offeredLine, type RawAnswer, type RawCore, RawSender, rawUntil } from "./testing/index.ts";

const PLAIN = "m=message 7654 TCP/MSRP *";
const FROM = "msrp://127.0.0.1:7654/s1;tcp";
const TEXT = "twenty octets of text";
const SIZE = TEXT.length;

let core: RawCore;
let agent: Agent;
let sender: RawSender;
let clock: ManualClock;
let dir: string;
let until: SignedIn["until"];
let event: SignedIn["event"];
let wake: SignedIn["wake"];

beforeEach(async () => {
  clock = new ManualClock(Date.now());
  const own = await signIn({ clock, accept: "all" });
  ({ core, agent, dir, until, event, wake } = own);
  sender = new RawSender(core, BOB);
  return async () => {
    await sender.bye();
    await own.dispose();
  };
});

const states = (): AgentState["transfers"][string]["state"][] =>
  Object.values(agent.state.transfers).map(({ state }) => state);

interface Piece {
  readonly id: string;
  readonly message?: string;
  /** From the first octet, counted from 1, up to before `end`. */
  readonly start: number;
  readonly end: number;
  readonly total?: number;
}

function piece(to: string, { id, message = "m1", start, end, total = SIZE }: Piece): string {
  const head = [`MSRP ${id} SEND`, `To-Path: ${to}`, `From-Path: ${FROM}`, `Message-ID: ${message}`];
  const range = `Byte-Range: ${start}-*/${total}`;
  const from = start - 1 + SIZE - total;
  const body = TEXT.slice(from, from + end - start);
  const flag = end > total ? "$" : "+";
  return [...head, range, "Success-Report: yes", "Content-Type: text/plain", "", body, `-------${id}${flag}`, ""].join(
    "\r\n",
  );
}

async function dial({ port }: RawAnswer): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** The first eight octets come, then the connection goes, in one of two ways. */
async function cutOff(how: "reset" | "closed"): Promise<RawAnswer> {
  const answer = await sender.offer(offeredLine(TEXT, PLAIN, FROM));
  const socket = await dial(answer);
  socket.write(piece(answer.path, { id: "tid1", start: 1, end: 9 }));
  await rawUntil(socket, /^MSRP tid1 200/);
  if (how === "reset") {
    // In the middle of a chunk.
    socket.write(piece(answer.path, { id: "tid2", start: 9, end: 13 }).slice(0, -12));
    await new Promise((resolve) => setImmediate(resolve));
    socket.resetAndDestroy();
  } else socket.end();
  await until(() => states()[0] === "waiting");
  return answer;
}

async function received(): Promise<void> {
  const { path = "", verified } = await event("item");
  expect([readFileSync(path, "utf8"), verified]).toEqual([TEXT, "yes"]);
  expect(readdirSync(join(dir, "in"))).toEqual(["a.txt"]);
}

it.each<[string, "reset" | "closed", Omit<Piece, "id">]>([
  ["goes on with its message behind what was acknowledged", "closed", { start: 9, end: SIZE + 1 }],
  ["goes on in the middle of a chunk", "reset", { start: 9, end: SIZE + 1 }],
  ["sends its message again from the first octet", "reset", { start: 1, end: SIZE + 1 }],
  ["sends another message from the first octet", "closed", { message: "m2", start: 1, end: SIZE + 1 }],
  ["sends the rest in another message, by its range", "closed", { message: "m2", start: 9, end: SIZE + 1 }],
  ["sends the rest as a message of its own", "closed", { message: "m2", start: 1, end: SIZE - 7, total: SIZE - 8 }],
  ["sends more than the rest", "closed", { message: "m2", start: 1, end: SIZE - 3, total: SIZE - 4 }],
])("M20: a sender that connects again and %s: the file is whole", async (_, how, rest) => {
  const answer = await cutOff(how);
  const socket = await dial(answer);
  socket.write(piece(answer.path, { id: "tid9", ...rest }));
  await rawUntil(socket, /^MSRP tid9 200[\s\S]*REPORT[\s\S]*Status: 000 200[\s\S]*\$\r\n$/m);
  await received();
  await sender.bye();
  socket.destroy();
  expect((await event("offerEnded")).outcome).toBe("completed");
});

it("M20, msrpReturn: who does not come back ends the transfer, and what is here is kept to go on with", async () => {
  await cutOff("closed");
  clock.advance(millis(LIMITS.msrpReturn));
  expect((await event("offerEnded")).reason?.code).toBe("INLET_MSRP_CONNECTION_LOST");
  await sender.bye();
  const answer = await sender.offer(offeredLine(TEXT, PLAIN, FROM, `a=file-range:1-${SIZE}`));
  expect(answer.attribute("file-range")).toBe(`9-${SIZE}`);
});

it("M20: BYE ends it at once", async () => {
  await cutOff("closed");
  await sender.bye();
  expect((await event("offerEnded")).reason?.code).toBe("INLET_TRANSFER_INCOMPLETE");
});

it("M20: who offers the file anew instead does not wait for itself", async () => {
  await cutOff("reset");
  const answer = await sender.offer(offeredLine(TEXT, PLAIN, FROM, `a=file-range:1-${SIZE}`));
  expect((await event("offerEnded")).reason?.code).toBe("INLET_MSRP_CONNECTION_LOST");
  const [from = 0] = (answer.attribute("file-range") ?? "").split("-").map(Number);
  expect(from).toBeGreaterThanOrEqual(9);
  const socket = await dial(answer);
  const total = SIZE - from + 1;
  socket.write(piece(answer.path, { id: "tid9", message: "m2", start: 1, end: total + 1, total }));
  await rawUntil(socket, /^MSRP tid9 200/);
  await received();
  socket.destroy();
});

it("M20: where we had connected, we do so again", async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on("error", () => undefined));
    wake();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  const path = `msrp://127.0.0.1:${typeof address === "object" ? address?.port : 0}/s1;tcp`;
  const answer = await sender.offer(offeredLine(TEXT, PLAIN, path, "a=setup:passive"));
  const bound = async (count: number): Promise<Socket> => {
    await until(() => sockets.length === count);
    const socket = sockets[count - 1] ?? expect.fail();
    const bind = await rawUntil(socket, /\$\r\n$/);
    const id = /^MSRP (\S+) SEND/.exec(bind)?.[1];
    const paths = `To-Path: ${answer.path}\r\nFrom-Path: ${path}`;
    socket.write(`MSRP ${id} 200 OK\r\n${paths}\r\n-------${id}$\r\n`);
    return socket;
  };
  const first = await bound(1);
  first.write(piece(answer.path, { id: "tid1", start: 1, end: 9 }));
  await rawUntil(first, /^MSRP tid1 200/);
  first.resetAndDestroy();
  const second = await bound(2);
  second.write(piece(answer.path, { id: "tid2", start: 9, end: SIZE + 1 }));
  await rawUntil(second, /^MSRP tid2 200/m);
  await received();
  second.destroy();
  server.close();
});
