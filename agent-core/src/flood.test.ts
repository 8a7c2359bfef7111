/** Floods and odd messages against a whole agent on loopback. */
import { beforeAll, expect, it } from "vitest";
import type { Agent } from "./agent.ts";
import { BOB, signIn } from "./agent-testing.ts";
import type { Item } from "./contract/index.ts";
import { LIMITS, ManualClock } from "./kernel/index.ts";
import { header, type RawCore } from "./testing/index.ts";

const OFFER = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=message 7654 TCP/MSRP *\r\na=sendonly\r\na=accept-types:*\r\na=path:msrp://127.0.0.1:7654/s1;tcp\r\na=file-selector:name:"a.txt" type:text/plain size:5\r\na=file-transfer-id:1\r\n`;

let core: RawCore;
let agent: Agent;
beforeAll(async () => {
  const own = await signIn({ clock: new ManualClock() });
  ({ core, agent } = own);
  return own.dispose;
});

it.each<[string, readonly string[], string, RegExp]>([
  ["100 KB of text", ["Content-Type: text/plain"], "a".repeat(100_000), /^SIP\/2\.0 200/],
  ["HTML", ["Content-Type: text/html"], "<img src=x onerror=alert(1)>", /^SIP\/2\.0 200/],
  ["a charset that lies", ["Content-Type: text/plain;charset=utf-16"], "odd", /^SIP\/2\.0 200/],
  ["a charset nobody knows", ["Content-Type: text/plain;charset=klingon"], "qapla", /^SIP\/2\.0 200/],
  ["bidi controls", ["Content-Type: text/plain"], "a\u202egpj.exe", /^SIP\/2\.0 200/],
  [
    "CPIM that states a wrong length",
    ["Content-Type: message/cpim"],
    "From: <sip:a@h>\r\nTo: <sip:b@h>\r\n\r\nContent-Type: text/plain\r\nContent-Length: 9999\r\n\r\nhi",
    /^SIP\/2\.0 (?:200|400)/,
  ],
  ["a Content-Type that is none", ["Content-Type: ///"], "x", /^SIP\/2\.0 4(?:00|15)/],
])("S23: a MESSAGE of %s is text or refused, never more", async (_, lines, body, answer) => {
  const { length } = core.received;
  core.request("MESSAGE", BOB, lines, body);
  expect(await core.next("SIP/2.0")).toMatch(answer);
  expect(core.received).toHaveLength(length + 1);
});

it("messageText: of a long message so much is shown, and all of it kept", async () => {
  core.request("MESSAGE", BOB, ["Content-Type: text/plain", "Subject: long"], "b".repeat(LIMITS.messageText + 1));
  await core.next("SIP/2.0 200");
  const { items } = (await agent.execute("items.list", { limit: 1 })) as { items: Item[] };
  expect(items).toMatchObject([{ name: "long", size: LIMITS.messageText + 1 }]);
  expect(items[0]?.text).toHaveLength(LIMITS.messageText);
});

it("S25, Q3, openOffers: of 2 000 offers in one burst the limit ring, the others are refused with 486, and a request behind them is served", async () => {
  for (let i = 0; i < 2000; i++) core.request("INVITE", BOB, ["Content-Type: application/sdp"], OFFER);
  core.request("OPTIONS", BOB, ["Call-ID: behind"]);
  await core.next(/^SIP\/2\.0 200 [\s\S]*Call-ID: behind/);
  const count = (status: string): number => core.received.filter((text) => text.startsWith(`SIP/2.0 ${status}`)).length;
  expect([count("180"), count("486")]).toEqual([LIMITS.openOffers, 2000 - LIMITS.openOffers]);
  expect(Object.keys(agent.state.offers)).toHaveLength(LIMITS.openOffers);
  expect(header(core.received.find((text) => text.startsWith("SIP/2.0 486")) ?? "", "CSeq")).toBe("1 INVITE");
});

it("openFiles: of offers of many files those beyond are refused with 486", async () => {
  for (const offer of Object.keys(agent.state.offers)) await agent.execute("offers.decide", { offer, accept: [] });
  const [head = "", line = ""] = OFFER.split(/(?=m=)/);
  const [most, each] = [LIMITS.openFiles, LIMITS.sdpMedia];
  const offer = (n: number): void =>
    core.request("INVITE", BOB, [`Call-ID: many${n}`, "Content-Type: application/sdp"], head + line.repeat(each));
  for (let n = 0; n < most / each; n++) {
    offer(n);
    await core.next(new RegExp(`^SIP/2\\.0 180 [\\s\\S]*Call-ID: many${n}\r`));
  }
  offer(most / each);
  await core.next(new RegExp(`^SIP/2\\.0 486 [\\s\\S]*Call-ID: many${most / each}\r`));
  expect(Object.keys(agent.state.offers)).toHaveLength(most / each);
});

it("a sender that pushes more than it may is answered 480, and when to try again; another one is served", async () => {
  const from = (who: string): string => `P-Asserted-Identity: <sip:${who}@example.net>`;
  for (let n = 1; n <= LIMITS.pushBurst; n++) {
    core.request("MESSAGE", BOB, [from("eve"), `Call-ID: c${n}`, "Content-Type: ///"], "x");
    if (n % 1000 === 0) await core.next(new RegExp(`^SIP/2\\.0 4[\\s\\S]*Call-ID: c${n}\r`));
  }
  core.request("MESSAGE", BOB, [from("eve"), "Call-ID: beyond", "Content-Type: text/plain"], "x");
  const refused = await core.next(/^SIP\/2\.0 480 [\s\S]*Call-ID: beyond\r/);
  expect(refused).toContain("INLET_TOO_MANY_PUSHES");
  expect(header(refused, "Retry-After")).toBe("60");
  core.request("MESSAGE", BOB, [from("ann"), "Call-ID: other", "Content-Type: text/plain"], "x");
  expect(await core.next(/^SIP\/2\.0 \d+ [\s\S]*Call-ID: other\r/)).toMatch(/^SIP\/2\.0 200/);
});
