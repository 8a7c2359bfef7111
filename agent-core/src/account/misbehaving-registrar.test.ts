/**
 * Registrars that misbehave, in time that the test owns: whatever one answers, there is a reason in words, no hurry, no
 * giving up where it may pass, and a registration as soon as one answers properly.
 */
import { afterEach, describe, expect, it } from "vitest";
import { ManualClock } from "../kernel/index.ts";
import { echo, header, RawCore } from "../testing/index.ts";
import { disposeAccounts, nonce, type Watched, watch } from "./testing.ts";

afterEach(disposeAccounts);

/** What a registrar does with a REGISTER, and the seconds that pass before the account has had enough. */
type Deed = (core: RawCore, request: string) => number | undefined;

const says =
  (status: string, ...lines: readonly string[]): Deed =>
  (core, request) => {
    core.respond(
      request,
      status,
      lines.map((line) => line.replace("$contact", header(request, "Contact") ?? "")),
    );
    return undefined;
  };
const raw =
  (make: (request: string) => string, seconds?: number): Deed =>
  (core, request) => {
    core.send(make(request));
    return seconds;
  };

const UNAVAILABLE = "503 Service Unavailable";
const PATIENCE = 20;
const silence: Deed = () => PATIENCE;

/** One round: the REGISTER, what is done with it, and the wait after it; undefined where it is not tried again. */
async function round(
  core: RawCore,
  { state, views }: Watched,
  clock: ManualClock,
  deed: Deed,
): Promise<number | undefined> {
  const request = await core.next("REGISTER");
  const overdue = deed(core, request);
  if (overdue !== undefined) clock.advance(overdue * 1000);
  const before = views.length;
  while (views.length === before && !/lost|rejected/.test(views.at(-1)?.state ?? ""))
    await new Promise((resolve) => setImmediate(resolve));
  if (views.at(-1)?.state === "rejected") return undefined;
  const { retryAt, reason } = await state("lost");
  expect(reason?.text).toMatch(/\w/);
  return (Date.parse(retryAt ?? "") - clock.now()) / 1000;
}

/** Waits of so many rounds; [] where it was not tried again. */
async function waits(
  core: RawCore,
  watched: Watched,
  clock: ManualClock,
  deed: Deed,
  rounds: number,
): Promise<number[]> {
  const found: number[] = [];
  while (found.length < rounds) {
    const wait = await round(core, watched, clock, deed);
    if (wait === undefined) break;
    found.push(wait);
    clock.advance(Math.round(wait * 1000));
  }
  return found;
}

const registers = (core: RawCore): number => core.received.filter((text) => text.startsWith("REGISTER")).length;

/** A random half of each wait is left out, so that a core that comes back is not met by all at once. */
const BACK_OFF = [1, 2, 4, 8, 16, 32, 60, 60];

describe("a registrar that may come to itself is asked again, ever more rarely", () => {
  it.each<[string, Deed]>([
    ["503", says(UNAVAILABLE)],
    ["503 with Retry-After of nothing", says(UNAVAILABLE, "Retry-After: 0")],
    ["503 with a Retry-After in the past", says(UNAVAILABLE, "Retry-After: -600")],
    ["503 with Retry-After in words", says(UNAVAILABLE, "Retry-After: soon")],
    ["503 with a Retry-After that is a date", says(UNAVAILABLE, "Retry-After: Sun, 22 Nov 2026 09:00:00 GMT")],
    ["500", says("500 Server Internal Error")],
    ["480", says("480 Temporarily Unavailable")],
    ["486", says("486 Busy Here")],
    ["491", says("491 Request Pending")],
    ["600", says("600 Busy Everywhere")],
    ["423 that asks for nothing", says("423 Interval Too Brief")],
    ["423 that asks for less than it had", says("423 Interval Too Brief", "Min-Expires: 0")],
    ["423 in words", says("423 Interval Too Brief", "Min-Expires: an hour")],
    ["423 that goes below nothing", says("423 Interval Too Brief", "Min-Expires: -1")],
    ["200 with Expires of nothing", says("200 OK", "Contact: $contact", "Expires: 0")],
    ["200 that takes our Contact out", says("200 OK", "Contact: $contact;expires=0", "Expires: 3600")],
    ["silence", silence],
    [
      "100 for ever",
      (core, request) => {
        for (let i = 0; i < 50; i++) core.respond(request, "100 Trying");
        return PATIENCE;
      },
    ],
    ["an answer without CSeq", raw((request) => answer(request, (line) => !/^CSeq/.test(line)), PATIENCE)],
    [
      "an answer to somebody else",
      raw((request) => answer(request).replace(/branch=[^;]+/, "branch=z9hG4bKx"), PATIENCE),
    ],
    ["an answer of another method", raw((request) => answer(request).replace(/CSeq: .*/, "CSeq: 1 OPTIONS"), PATIENCE)],
    ["an answer cut in its middle", cut],
    ["an answer that never ends", raw((request) => `${answer(request).slice(0, 60)}`, PATIENCE)],
    ["the end of the connection", (core) => void core.cut()],
    ["a header without end", raw((request) => answer(request).replace("\r\n\r\n", `\r\nX: ${"x".repeat(70_000)}`))],
    ["something that is no SIP", raw(() => "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", PATIENCE)],
  ])("%s", async (_, deed) => {
    await using core = await RawCore.listen();
    const clock = new ManualClock();
    const watched = watch({ registrar: core.uri }, clock);
    watched.account.start();
    const found = await waits(core, watched, clock, deed, BACK_OFF.length);
    expect(found).toHaveLength(BACK_OFF.length);
    // Where the connection itself failed, the next is tried soon: nobody is burdened by it.
    for (const [i, wait] of found.entries()) expect(wait).toBeGreaterThanOrEqual(Math.min(BACK_OFF[i] ?? 60, 2.5) / 2);
    expect(Math.max(...found)).toBeLessThanOrEqual(60);
    expect(registers(core)).toBe(BACK_OFF.length + 0);
    await core.register();
    await watched.state("registered");
    // Nothing of the failures is left: the next one is waited for as the first was.
    core.cut();
    const { retryAt } = await watched.state("lost");
    expect(Date.parse(retryAt ?? "") - clock.now()).toBeLessThanOrEqual(1000);
  });
});

/** A 200 that would do, but for lines that `keep` leaves out. */
function answer(request: string, keep: (line: string) => boolean = () => true): string {
  const lines = [...echo(request), `Contact: ${header(request, "Contact")};expires=600`, "Content-Length: 0"];
  return `SIP/2.0 200 OK\r\n${lines.filter(keep).join("\r\n")}\r\n\r\n`;
}

function cut(core: RawCore, request: string): undefined {
  for (const socket of core.sockets()) socket.end(answer(request).slice(0, 100));
}

it.each(["tls", "ws", "wss"])(
  "a core that takes the connection and never ends the %s handshake is left after ten seconds",
  async (transport) => {
    await using core = await RawCore.listen();
    const clock = new ManualClock();
    const { account, state } = watch({ registrar: `sip:127.0.0.1:${core.port};transport=${transport}` }, clock);
    account.start();
    while (core.sockets().length === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(9_999);
    expect(account.view.state).toBe("connecting");
    clock.advance(1);
    expect((await state("lost")).reason?.code).toBe("INLET_SIP_CONNECTION_FAILED");
    await core.disconnected();
  },
);

describe("a registrar that says when to come again is not asked before, and not after an hour at the latest", () => {
  it.each([
    ["30", 30],
    ["120 (in maintenance)", 120],
    ["600;duration=60", 600],
    ["86400", 3600],
    ["99999999999999999999", 3600],
  ])("Retry-After: %s", async (value, seconds) => {
    await using core = await RawCore.listen();
    const clock = new ManualClock();
    const watched = watch({ registrar: core.uri }, clock);
    watched.account.start();
    for (const wait of await waits(core, watched, clock, says(UNAVAILABLE, `Retry-After: ${value}`), 3)) {
      expect(wait).toBeGreaterThanOrEqual(seconds);
      expect(wait).toBeLessThanOrEqual(seconds * 1.1);
    }
    await core.register();
    await watched.state("registered");
  });
});

describe("a registrar whose answer does not change by asking again is left until a person asks", () => {
  let n = 0;
  it.each<[string, Deed, string, number]>([
    ["new nonces for ever", (core, r) => says("401 Unauthorized", nonce(`${n++}`))(core, r), "INLET_AUTH_REJECTED", 2],
    ["one nonce for ever", says("401 Unauthorized", nonce("1")), "INLET_AUTH_REJECTED", 2],
    [
      "a challenge that cannot be read",
      says("401 Unauthorized", 'WWW-Authenticate: Digest realm="'),
      "INLET_AUTH_UNSUPPORTED",
      1,
    ],
    ["no challenge", says("401 Unauthorized"), "INLET_AUTH_UNSUPPORTED", 1],
    ["301", says("301 Moved Permanently", "Contact: <sip:127.0.0.1:1>"), "INLET_REGISTRATION_REJECTED", 1],
    ["302", says("302 Moved Temporarily", "Contact: <sip:127.0.0.1:1>"), "INLET_REGISTRATION_REJECTED", 1],
    ["403", says("403 Forbidden"), "INLET_REGISTRATION_REJECTED", 1],
    ["404", says("404 Not Found"), "INLET_REGISTRATION_REJECTED", 1],
  ])("%s", async (_, deed, code, most) => {
    await using core = await RawCore.listen();
    const clock = new ManualClock();
    const watched = watch({ registrar: core.uri }, clock);
    watched.account.start();
    for (let i = 0; i < most; i++) deed(core, await core.next("REGISTER"));
    expect((await watched.state("rejected")).reason?.code).toBe(code);
    await core.disconnected();
    clock.advance(86_400_000);
    expect(registers(core)).toBe(most);
    watched.account.reconnect();
    await core.register();
    await watched.state("registered");
  });
});

describe("a grant is understood as it can be meant", () => {
  it.each<[string, string[], number]>([
    ["longer than was asked", ["Contact: $contact;expires=4294967295"], 7 * 86_400 - 600],
    ["in a header beside our Contact", ["Contact: $contact", "Expires: 1800"], 1200],
    [
      "our Contact among others",
      ["Contact: <sip:x@h>;expires=5, $contact;expires=900", "Contact: <sip:y@h>;expires=7"],
      450,
    ],
    ["without any Contact", ["Expires: 600"], 300],
    ["without a time", ["Contact: $contact"], 3000],
    ["with a time in words", ["Contact: $contact;expires=soon"], 3000],
    ["for a Contact that is not ours, or ours in disguise", ["Contact: <sip:masked@h>;expires=300"], 150],
    ["for such a one, for no time at all", ["Contact: <sip:masked@h>;expires=1"], 30],
    ["one second", ["Contact: $contact;expires=1"], 1],
  ])("%s", async (_, lines, refresh) => {
    await using core = await RawCore.listen();
    const clock = new ManualClock();
    const watched = watch({ registrar: core.uri }, clock);
    watched.account.start();
    says("200 OK", ...lines)(core, await core.next("REGISTER"));
    await watched.state("registered");
    clock.advance(refresh * 1000 - 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(watched.account.view.state).toBe("registered");
    clock.advance(1);
    expect(watched.account.view.state).toBe("refreshing");
    await core.next("REGISTER");
  });
});

describe("a core that restarts", () => {
  it("and knows neither us nor its nonces: the same password under its new challenge, and the registration stands", async () => {
    await using core = await RawCore.listen();
    const clock = new ManualClock();
    const { account, state } = watch({ registrar: core.uri }, clock);
    account.start();
    for (let life = 0; life < 3; life++) {
      const first = await core.next("REGISTER");
      core.respond(first, "401 Unauthorized", [nonce(`life-${life}`)]);
      const signed = await core.next("REGISTER");
      expect(header(signed, "Authorization")).toMatch(new RegExp(`nonce="life-${life}".*nc=00000001`));
      core.respond(signed, "200 OK", [`Contact: ${header(signed, "Contact")};expires=600`]);
      await state("registered");
      core.cut();
      const { retryAt } = await state("lost");
      const wait = Date.parse(retryAt ?? "") - clock.now();
      expect(wait).toBeLessThanOrEqual(1000);
      clock.advance(wait);
    }
  });

  it("between two refreshes: the refresh is challenged anew and answered, without a new connection", async () => {
    await using core = await RawCore.listen();
    const clock = new ManualClock();
    const { account, state } = watch({ registrar: core.uri }, clock);
    account.start();
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [nonce("old")]);
    core.respond(await core.next("REGISTER"), "200 OK", ["Expires: 600"]);
    await state("registered");
    clock.advance(300_000);
    core.respond(await core.next("REGISTER"), "401 Unauthorized", [nonce("new")]);
    const signed = await core.next("REGISTER");
    expect(header(signed, "Authorization")).toMatch(/nonce="new".*nc=00000001/);
    core.respond(signed, "200 OK", ["Expires: 600"]);
    await state("registered");
    expect(core.connections).toBe(1);
  });
});
