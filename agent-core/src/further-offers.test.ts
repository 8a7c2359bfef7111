import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BOB, signIn } from "./agent-testing.ts";
import { ManualClock } from "./kernel/index.ts";
import { header, type RawCore } from "./testing/index.ts";

const HEAD = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
const line = (n: number, port = 7654): string[] => [
  `m=message ${port} TCP/MSRP *`,
  "a=sendonly",
  "a=accept-types:*",
  `a=path:msrp://127.0.0.1:7654/s${n};tcp`,
  `a=file-selector:name:"${n}.txt" size:5`,
  `a=file-transfer-id:t${n}`,
];
const sdp = (...lines: readonly string[][]): string => `${[...HEAD, ...lines.flat()].join("\r\n")}\r\n`;

interface Answer {
  readonly status: string;
  readonly whole: string;
  /** o= as a whole, and its version. */
  readonly version: number;
  readonly ports: readonly number[];
  readonly paths: readonly string[];
}

function read(whole: string): Answer {
  const all = (pattern: RegExp): string[] => [...whole.matchAll(pattern)].map((match) => match[1] ?? "");
  return {
    whole,
    status: whole.slice(8, 11),
    version: Number(all(/^o=- \d+ (\d+)/gm)[0]),
    ports: all(/^m=\S+ (\d+)/gm).map(Number),
    paths: all(/^a=path:(\S+)/gm),
  };
}

let core: RawCore;
let calls = 0;
let cseq = 1;
/** Of the session that stands. */
let dialog: string[] = [];
let first: Answer;

beforeAll(async () => {
  const own = await signIn({ clock: new ManualClock(), accept: "all" });
  core = own.core;
  return own.dispose;
});

async function further(method: string, body: string, type = "application/sdp"): Promise<Answer> {
  cseq++;
  core.request(method, BOB, [...dialog, `CSeq: ${cseq} ${method}`, `Content-Type: ${type}`], body);
  const final = await core.next(new RegExp(`^SIP/2\\.0 [2-6][\\s\\S]*^CSeq: ${cseq} ${method}\\r`, "m"));
  if (method === "INVITE") core.request("ACK", BOB, [...dialog, `CSeq: ${cseq} ACK`]);
  return read(final);
}

beforeEach(async () => {
  dialog = [`Call-ID: call-${++calls}`];
  cseq = 0;
  first = await further("INVITE", sdp(line(0), line(1)));
  dialog.push(`To: ${header(first.whole, "To")}`);
  core.request("ACK", BOB, [...dialog, "CSeq: 1 ACK"]);
  expect(first.ports.every((port) => port > 0)).toBe(true);
  return async () => {
    cseq++;
    core.request("BYE", BOB, [...dialog, `CSeq: ${cseq} BYE`]);
    await core.next(new RegExp(`CSeq: ${cseq} BYE`));
  };
});

describe.each(["INVITE", "UPDATE"])("by %s", (method) => {
  it("what stands is repeated with the paths it has, and the version counted on", async () => {
    const again = await further(method, sdp(line(0), line(1)));
    expect([again.ports, again.paths]).toEqual([first.ports, first.paths]);
    expect(again.version).toBe(first.version + 1);
  });

  it("a line that is added has port 0, and the others go on", async () => {
    const { ports, paths } = await further(method, sdp(line(0), line(1), line(2)));
    expect([ports, paths]).toEqual([[...first.ports, 0], first.paths]);
  });

  it("a line that is closed stays closed, also when it is opened again; the other goes on", async () => {
    const [port, path] = [first.ports[1], first.paths[1]];
    for (const lines of [
      [line(0, 0), line(1)],
      [line(0), line(1)],
    ]) {
      const { ports, paths } = await further(method, sdp(...lines));
      expect([ports, paths]).toEqual([[0, port], [path]]);
    }
  });

  it.each([
    ["fewer lines than before", sdp(line(0)), "application/sdp", "488"],
    ["no description", "v=0\r\n", "application/sdp", "488"],
    ["another type", "hello", "text/plain", "415"],
    ["parts without a description", "--b\r\n\r\nx\r\n--b--\r\n", "multipart/mixed;boundary=b", "415"],
  ])("%s: refused, and the session goes on as it was", async (_, body, type, status) => {
    expect((await further(method, body, type)).status).toBe(status);
    const again = await further(method, sdp(line(0), line(1)));
    expect([again.status, again.ports, again.version]).toEqual(["200", first.ports, first.version + 1]);
  });
});

it("a re-INVITE without an offer is answered with what stands", async () => {
  const { ports, paths, version } = await further("INVITE", "");
  expect([ports, paths, version]).toEqual([first.ports, first.paths, first.version]);
});
