/** A hundred offers at once, given up at every moment there is: each ends once, as it was, and nothing of it is left. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Agent, startAgent } from "./agent.ts";
import type { AgentEvent, OfferRecord } from "./contract/index.ts";
import { ManualClock } from "./kernel/index.ts";
import { header, offeredLine, RawCall, RawCore } from "./testing/index.ts";

const BOB = "sip:bob@example.net";
const CONTENT = "hello, world";
const OFFERS = 100;
const dir = mkdtempSync(join(tmpdir(), "inlet-cancelled-"));
const events: AgentEvent[] = [];
let core: RawCore;
let agent: Agent;

beforeAll(async () => {
  core = await RawCore.listen();
  const account = { aor: BOB, registrar: core.uri, password: "secret", channels: false };
  const places = { dataDir: join(dir, "data"), folder: join(dir, "in") };
  agent = await startAgent({ ...places, accounts: [account], clock: new ManualClock() });
  agent.subscribe((message) => {
    if ("event" in message) events.push(message);
  });
  await core.register();
});
afterAll(async () => {
  core.cut();
  await agent.stop();
  await core[Symbol.asyncDispose]();
  rmSync(dir, { recursive: true, force: true });
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** As long as the test may take. */
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await turn();
};
const acceptAll = async (): Promise<void> => {
  for (const offer of Object.keys(agent.state.offers))
    await agent.execute("offers.decide", { offer, accept: [0] }).catch(() => undefined);
};
const answerTo = ({ id }: RawCall, cseq: string): string | undefined =>
  core.received.findLast(
    (text) => /^SIP\/2\.0 [2-6]/.test(text) && header(text, "Call-ID") === id && header(text, "CSeq") === cseq,
  );

it("a hundred offers that are cancelled at every moment leave a hundred truthful records, and nothing else", async () => {
  const line = offeredLine(CONTENT, "m=message 7654 TCP/MSRP *", "msrp://127.0.0.1:7654/s1;tcp");
  const calls = await Promise.all(
    Array.from({ length: OFFERS }, async (_, n) => {
      const call = new RawCall(core, BOB, line);
      // In the turn of its INVITE, and each some turns later: before it is read, recorded, rung, decided on, answered.
      for (let left = n % 25; left > 0; left--) await turn();
      if (n % 4 === 0) await acceptAll();
      call.cancel();
      return call;
    }),
  );
  await until(() => calls.every((call) => answerTo(call, "1 INVITE") !== undefined));
  const accepted: RawCall[] = [];
  for (const call of calls) {
    const final = answerTo(call, "1 INVITE") ?? "";
    call.ack(final);
    if (!final.startsWith("SIP/2.0 200")) {
      expect(final).toMatch(/^SIP\/2\.0 487/);
      continue;
    }
    // The CANCEL came too late: the session stands.
    accepted.push(call);
    await call.send(final, CONTENT);
    await call.bye(final);
  }
  await until(() => accepted.every((call) => answerTo(call, "2 BYE") !== undefined));
  const { offers } = (await agent.execute("offers.list", { limit: 200 })) as { offers: OfferRecord[] };
  const ended = (outcome: string): number => offers.filter((offer) => offer.outcome === outcome).length;
  expect([offers.length, ended("completed"), ended("cancelled")]).toEqual([
    OFFERS,
    accepted.length,
    OFFERS - accepted.length,
  ]);
  expect(events.filter(({ event }) => event === "offerEnded")).toHaveLength(OFFERS);
  expect(existsSync(join(dir, "in")) ? readdirSync(join(dir, "in")) : []).toHaveLength(accepted.length);
  expect([agent.state.offers, agent.state.transfers]).toEqual([{}, {}]);
});
