import { beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "./agent.ts";
import { BOB, signIn } from "./agent-testing.ts";
import { LIMITS, ManualClock } from "./kernel/index.ts";
import { header, type RawCore } from "./testing/index.ts";

const SHA1 = "72:24:5F:E8:65:3D:DA:F3:71:36:2F:86:D4:71:91:3E:E4:A2:CE:2E";
const HEAD = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
const PATH = "a=path:msrp://127.0.0.1:7654/s1;tcp";
const SELECTOR = `a=file-selector:name:"a.txt" type:text/plain size:5 hash:sha-1:${SHA1}`;
const LINE = ["m=message 7654 TCP/MSRP *", "a=sendonly", "a=accept-types:*", PATH, SELECTOR, "a=file-transfer-id:t1"];

/** The line with other attributes instead of those of the same name; `a=name:-` leaves that one out. */
function line(...other: readonly string[]): string[] {
  const name = (attribute: string): string => attribute.split(/[:\s]/)[0] ?? "";
  const replaced = new Set(other.map(name));
  return [...LINE.filter((attribute) => !replaced.has(name(attribute))), ...other].filter((text) => !/:-$/.test(text));
}

let core: RawCore;
let agent: Agent;
let calls = 0;
beforeAll(async () => {
  const own = await signIn({ clock: new ManualClock(), accept: "all" });
  ({ core, agent } = own);
  return own.dispose;
});

interface Answer {
  readonly status: string;
  readonly sdp: string;
  readonly warning: string | undefined;
  /** Ports by m-line. */
  readonly ports: readonly number[];
}

/** Offers, takes the answer, and ends what was begun: after it the agent holds nothing of the call. */
async function offer(
  body: string,
  { type = "application/sdp", headers = [] as readonly string[] } = {},
): Promise<Answer> {
  const id = `call-${++calls}`;
  core.request("INVITE", BOB, [`Call-ID: ${id}`, ...(body === "" ? [] : [`Content-Type: ${type}`]), ...headers], body);
  const final = await core.next(new RegExp(`^SIP/2\\.0 [2-6][\\s\\S]*^Call-ID: ${id}\\r`, "m"));
  const status = final.slice(8, 11);
  const to = `To: ${header(final, "To")}`;
  core.request("ACK", BOB, [`Call-ID: ${id}`, to, "CSeq: 1 ACK", `Via: ${header(final, "Via")}`]);
  if (status === "200") {
    core.request("BYE", BOB, [`Call-ID: ${id}`, to, "CSeq: 2 BYE"]);
    await core.next(new RegExp(`^SIP/2\\.0 200[\\s\\S]*^Call-ID: ${id}\\r[\\s\\S]*CSeq: 2 BYE`, "m"));
  }
  const sdp = final.slice(final.indexOf("\r\n\r\n") + 4);
  const ports = [...sdp.matchAll(/^m=\S+ (\d+)/gm)].map((match) => Number(match[1]));
  return { status, sdp, warning: header(final, "Warning"), ports };
}
const sdp = (...lines: readonly string[]): string => `${[...HEAD, ...lines].join("\r\n")}\r\n`;

describe("offers that are answered", () => {
  it.each<[string, string[], RegExp[]]>([
    ["D1: no selector: a message is awaited", line("a=file-selector:-"), [/^a=recvonly\r$/m]],
    ["D1: a selector of nothing", line("a=file-selector"), [/^a=file-selector\r$/m]],
    [
      "D1: selectors in another order, one unknown",
      line(`a=file-selector:hash:sha-1:${SHA1} x-new:"1 2" size:5 name:"%22%0A%00.txt"`),
      [/^a=file-selector:hash:sha-1:72.* x-new:"1 2" size:5 name:"%22%0A%00\.txt"\r$/m],
    ],
    ["D3: no hash", line('a=file-selector:name:"a" size:5'), [/^a=file-selector:name:"a" size:5\r$/m]],
    [
      "D3: hashes of two algorithms",
      line(`a=file-selector:size:5 hash:sha-1:${SHA1} hash:sha-256:${"AB:".repeat(31)}AB`),
      [],
    ],
    ["D3: lower case", line(`a=file-selector:size:5 hash:SHA-1:${SHA1.toLowerCase()}`), []],
    ["D3: an algorithm nobody knows", line("a=file-selector:size:5 hash:blake9:AB"), []],
    ["D4: no direction", LINE.filter((text) => text !== "a=sendonly"), [/^a=recvonly\r$/m]],
    ["D8: setup active", line("a=setup:active"), [/^a=setup:passive\r$/m]],
    ["D8: setup passive", line("a=setup:passive"), [/^a=setup:active\r$/m]],
    ["D8: setup actpass", line("a=setup:actpass"), [/^a=setup:(?:active|passive)\r$/m]],
    // They say what the offerer takes (RFC 4975 §8.6); what comes is held to the selector and to our own words.
    ["D9: types without that of the file", line("a=accept-types:image/png"), [/^a=accept-types:image\/png \*\r$/m]],
    ["D9: a size below that of the file", line("a=max-size:3"), [/^a=file-selector:.* size:5/m]],
    ["D12: a range that is the whole", line("a=file-range:1-*"), [/^a=file-range:1-\*\r$/m]],
    ["D12: a range to the end", line("a=file-range:1-5"), [/^a=file-range:1-5\r$/m]],
  ])("%s", async (_, lines, wanted) => {
    const { status, sdp: answer, ports } = await offer(sdp(...lines));
    expect(status).toBe("200");
    expect(ports[0]).toBeGreaterThan(0);
    for (const pattern of wanted) expect(answer).toMatch(pattern);
  });

  it("D8: without setup the offerer connects, and the answer says nothing of it", async () => {
    expect((await offer(sdp(...LINE))).sdp).not.toContain("a=setup");
  });

  it("D5: of ten lines those that can be received keep their places, and the others have port 0", async () => {
    const good = (n: number): string[] => line(`a=file-transfer-id:t${n}`);
    const lines = Array.from({ length: 10 }, (_, n) => ([2, 5, 9].includes(n) ? good(n) : ["m=audio 9 RTP/AVP 0"]));
    const { status, ports, sdp: answer } = await offer(sdp(...lines.flat()));
    expect(status).toBe("200");
    expect(ports.map((port) => port > 0)).toEqual(
      [2, 5, 9].reduce((all, n) => all.with(n, true), Array(10).fill(false)),
    );
    expect([...answer.matchAll(/^a=file-transfer-id:(\S+)/gm)].map((match) => match[1])).toEqual(["t2", "t5", "t9"]);
  });

  it.each<[string, string | undefined]>([
    ["beyond the limit, as large as a body may be", "a".repeat(900_000)],
    ["that is no part of the body", undefined],
  ])("D14, fileIcon: a picture %s is left out, the offer stands", async (_, picture) => {
    const offered = sdp(...line("a=file-icon:cid:p@x"));
    const part = (type: string, id: string, text: string): string =>
      `--b\r\nContent-Type: ${type}\r\nContent-ID: <${id}>\r\n\r\n${text}\r\n`;
    const body = `${part("application/sdp", "s@x", offered)}${picture === undefined ? "" : part("image/png", "p@x", picture)}--b--\r\n`;
    const seen: unknown[] = [];
    using _listening = agent.subscribe((message) => void seen.push(message));
    const { status } = await offer(body, { type: 'multipart/related;boundary=b;type="application/sdp"' });
    expect(status).toBe("200");
    expect(JSON.stringify(seen)).toContain('"event":"offer"');
    expect(JSON.stringify(seen)).not.toContain("hasIcon");
  });
});

describe("offers that are refused with 488, and a Warning that says why", () => {
  it.each<[string, string[]]>([
    ["D1: two names", line('a=file-selector:name:"a" name:"b"')],
    ["D1: an open quote", line('a=file-selector:name:"a')],
    ["D3: a hash of the wrong length", line("a=file-selector:size:5 hash:sha-1:AB:CD")],
    ["D3: a hash that is no hex", line(`a=file-selector:size:5 hash:sha-1:${SHA1.replace("72", "ZZ")}`)],
    ["D4: a pull", line("a=recvonly").filter((text) => text !== "a=sendonly")],
    ["D7: no path", line("a=path:-")],
    ["D7, msrpPathHops: 50 hops", line(`a=path:${"msrp://127.0.0.1:7654/s;tcp ".repeat(50).trim()}`)],
    ["D7: another scheme", line("a=path:http://127.0.0.1/s1")],
    ["D7: msrps over plain TCP", line("a=path:msrps://127.0.0.1:7654/s1;tcp")],
    ["D7: msrp over TLS", ["m=message 7654 TCP/TLS/MSRP *", ...LINE.slice(1)]],
    ["D7: no session id", line("a=path:msrp://127.0.0.1:7654;tcp")],
    ["D7: no transport", line("a=path:msrp://127.0.0.1:7654/s1")],
    ["D7: a host that is none", line("a=path:msrp://:7654/s1;tcp")],
    ["D8: holdconn", line("a=setup:holdconn")],
    ["D12: a range backwards", line("a=file-range:5-4")],
    ["D12: a range beyond the file", line("a=file-range:1-9")],
    ["D12: a piece from the middle", line("a=file-range:2-3")],
    ["no line at all", []],
    ["closed lines alone", ["m=message 0 TCP/MSRP *"]],
    ["audio alone", ["m=audio 9 RTP/AVP 0"]],
  ])("%s", async (_, lines) => {
    const { status, sdp: answer, warning } = await offer(sdp(...lines));
    expect([status, answer]).toEqual(["488", ""]);
    expect(warning).toMatch(/^3\d\d \S+ "INLET_SDP_\w+"$/);
  });

  it.each<[string, string]>([
    ["an attribute with NUL", sdp(...LINE, "a=x:\0")],
    ["a line of 1 MB", sdp(...LINE, `a=x:${"a".repeat(1_000_000)}`)],
    ["100 000 attributes", sdp(...LINE, ...Array<string>(100_000).fill("a=x"))],
    ["lines that end in CR alone", sdp(...LINE).replaceAll("\r\n", "\r")],
    ...["v=0\r\n", "o=- 1 1 IN IP4 127.0.0.1\r\n", "s=-\r\n", "t=0 0\r\n"].map((missing): [string, string] => [
      `no ${missing.slice(0, 2)}`,
      sdp(...LINE).replace(missing, ""),
    ]),
    [`${LIMITS.sdpMedia + 1} m-lines`, sdp(...Array.from({ length: LIMITS.sdpMedia + 1 }, () => LINE).flat())],
  ])("D10: %s", async (_, body) => {
    expect((await offer(body)).status).toBe("488");
  });
});

it("D15: an INVITE without an offer is refused, and nothing of it stays", async () => {
  expect((await offer("")).status).toBe("488");
});

it("after all of this nothing is left open, and an offer is still taken", async () => {
  expect((await offer(sdp(...LINE))).status).toBe("200");
  const { offers, transfers } = agent.state;
  expect([offers, transfers]).toEqual([{}, {}]);
});
