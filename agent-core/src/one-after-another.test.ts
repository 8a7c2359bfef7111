/**
 * Files of one offer that come one after the other, each on its line (seed 001 §5): one that waits for its turn is not given up
 * while another comes, however long that takes; each line ends for itself, and what ends the session frees everything.
 */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Agent } from "./agent.ts";
import { BOB, type SignedIn, signIn } from "./agent-testing.ts";
import type { AgentEvent } from "./contract/index.ts";
import { LIMITS, ManualClock } from "./kernel/index.ts";
import { header, type RawCore } from "./testing/index.ts";

const FROM = "<sip:ann@example.net>;tag=s";
let core: RawCore;
let clock: ManualClock;
let agent: Agent;
let events: AgentEvent[];
let dir: string;
let until: SignedIn["until"];
let wake: SignedIn["wake"];
const sockets: Socket[] = [];

beforeEach(async () => {
  clock = new ManualClock();
  const own = await signIn({ clock, accept: "all" });
  ({ core, agent, events, dir, until, wake } = own);
  return async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await own.dispose();
  };
});

const names = (): string[] => events.flatMap((one) => (one.event === "item" ? [one.name] : []));
const ended = (): AgentEvent | undefined => events.find((one) => one.event === "offerEnded");

const sdp = (version: number, ports: readonly number[]): string =>
  [
    "v=0",
    `o=- 1 ${version} IN IP4 127.0.0.1`,
    "s=-",
    "c=IN IP4 127.0.0.1",
    "t=0 0",
    ...ports.flatMap((port, n) => [
      `m=message ${port} TCP/MSRP *`,
      "a=sendonly",
      "a=accept-types:*",
      `a=path:msrp://127.0.0.1:7654/s${n};tcp`,
      `a=file-selector:name:"${n}.txt" type:text/plain size:10`,
      `a=file-transfer-id:t${n}`,
    ]),
    "",
  ].join("\r\n");

/** Offers so many files, all of which are accepted. Resolves with their paths and what the dialog's requests say. */
async function offer(count: number): Promise<{ readonly paths: readonly string[]; readonly to: string }> {
  const ports = Array<number>(count).fill(7654);
  core.request("INVITE", BOB, [`From: ${FROM}`, "Call-ID: call", "Content-Type: application/sdp"], sdp(1, ports));
  const answer = await core.next("SIP/2.0 200");
  const to = `To: ${header(answer, "To")}`;
  core.request("ACK", BOB, [`From: ${FROM}`, "Call-ID: call", to, "CSeq: 1 ACK"]);
  return { to, paths: [...answer.matchAll(/^a=path:(\S+)\r$/gm)].map(([, path]) => path ?? "") };
}

class Line {
  readonly #socket: Socket;
  readonly #paths: string;
  readonly #n: number;
  #heard = "";

  constructor(n: number, path = "") {
    this.#n = n;
    this.#paths = `To-Path: ${path}\r\nFrom-Path: msrp://127.0.0.1:7654/s${n};tcp\r\nMessage-ID: m${n}\r\n`;
    this.#socket = connect(Number(/:(\d+)\//.exec(path)?.[1]), "127.0.0.1");
    this.#socket.on("error", () => undefined);
    this.#socket.on("data", (data) => {
      this.#heard += data.toString("latin1");
      wake();
    });
    sockets.push(this.#socket);
  }

  /** Octets from `start` of ten. Resolves when they are answered. */
  async send(start: number, text: string): Promise<void> {
    const end = start + text.length - 1;
    const id = `l${this.#n}o${start}x`;
    this.#socket.write(
      `MSRP ${id} SEND\r\n${this.#paths}Byte-Range: ${start}-${end}/10\r\nContent-Type: text/plain\r\n\r\n${text}\r\n-------${id}${end === 10 ? "$" : "+"}\r\n`,
    );
    await until(() => this.#heard.includes(`MSRP ${id} 200`));
  }

  get closed(): Promise<unknown> {
    return this.#socket.destroyed ? Promise.resolve() : once(this.#socket, "close");
  }
}

it.each([
  ["releaseGrace: a sender that sends no BYE is ended by ours", LIMITS.releaseGrace, () => undefined],
  ["stopGrace: a stop waits less long for it", LIMITS.stopGrace, () => void agent.stop()],
])("%s", async (_, grace, reach) => {
  const { paths } = await offer(1);
  const line = new Line(0, paths[0]);
  await line.send(1, "0123456789");
  await until(() => names().length === 1);
  reach();
  clock.advance(grace - 1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(core.received.filter((text) => text.startsWith("BYE"))).toEqual([]);
  clock.advance(1);
  await core.next("BYE");
});

describe("files on lines of one offer", () => {
  it("a line whose turn comes late is waited for as long as another moves", async () => {
    const { paths } = await offer(2);
    const first = new Line(0, paths[0]);
    for (let start = 1; start <= 9; start++) {
      await first.send(start, "x");
      clock.advance(LIMITS.transferStall - 30_000);
    }
    await first.send(10, "x");
    await until(() => names().length === 1);
    clock.advance(LIMITS.transferStall - 30_000);
    await new Line(1, paths[1]).send(1, "0123456789");
    await until(() => names().length === 2);
    expect(names()).toEqual(["0.txt", "1.txt"]);
    expect(ended()).toMatchObject({ outcome: "completed" });
  });

  it("a line that nobody uses is given up once nothing else comes", async () => {
    const { paths } = await offer(2);
    const first = new Line(0, paths[0]);
    await first.send(1, "01234");
    clock.advance(LIMITS.transferStall - 30_000);
    await first.send(6, "56789");
    await until(() => names().length === 1);
    clock.advance(2 * LIMITS.transferStall);
    await until(() => ended() !== undefined);
    expect(ended()).toMatchObject({ outcome: "partial", reason: { code: "INLET_TRANSFER_STALLED" } });
    expect(agent.state.transfers).toEqual({});
  });

  it("S1-48: a line that a re-INVITE sets to port 0 ends alone; the other goes on", async () => {
    const { paths, to } = await offer(2);
    const [first, second] = [new Line(0, paths[0]), new Line(1, paths[1])];
    await first.send(1, "01234");
    await second.send(1, "01234");
    core.request(
      "INVITE",
      BOB,
      [`From: ${FROM}`, "Call-ID: call", to, "CSeq: 2 INVITE", "Content-Type: application/sdp"],
      sdp(2, [0, 7654]),
    );
    const answer = await core.next("SIP/2.0 200");
    expect([...answer.matchAll(/^m=message (\d+)/gm)].map(([, port]) => port === "0")).toEqual([true, false]);
    core.request("ACK", BOB, [`From: ${FROM}`, "Call-ID: call", to, "CSeq: 2 ACK"]);
    await until(() => Object.keys(agent.state.transfers).length === 1);
    await second.send(6, "56789");
    await until(() => ended() !== undefined);
    expect(ended()).toMatchObject({ outcome: "partial", reason: { code: "INLET_TRANSFER_INCOMPLETE" } });
    expect(names()).toEqual(["1.txt"]);
  });

  it("S1-30: BYE in the middle ends every line, their sockets and their parts", async () => {
    const { paths, to } = await offer(3);
    const lines = paths.map((path, n) => new Line(n, path));
    for (const line of lines) await line.send(1, "01234");
    const closed = Promise.all(lines.map((line) => line.closed));
    core.request("BYE", BOB, [`From: ${FROM}`, "Call-ID: call", to, "CSeq: 2 BYE"]);
    await core.next(/^SIP\/2\.0 200 [\s\S]*CSeq: 2 BYE/);
    await closed;
    expect(ended()).toMatchObject({ outcome: "failed", reason: { code: "INLET_TRANSFER_INCOMPLETE" } });
    expect(agent.state.transfers).toEqual({});
    // Without a hash there is nothing to go on with.
    expect(readdirSync(join(dir, "in"))).toEqual([]);
  });
});
