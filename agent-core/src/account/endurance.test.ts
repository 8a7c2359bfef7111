/** A day of an account in fast time, with a core on loopback: offers, refreshes, broken connections. Nothing piles up. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Account as AccountView } from "../contract/index.ts";
import { ManualClock, silentLog } from "../kernel/index.ts";
import type { IncomingInvite } from "../sip/index.ts";
import { header, RawCore } from "../testing/index.ts";
import { Account } from "./account.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const BOB = "sip:bob@example.net";
const SDP = { contentType: "application/sdp", content: "v=0\r\n" };

describe("an account that runs on and on", () => {
  let core: RawCore;
  let clock: ManualClock;
  let account: Account;
  let view: AccountView;
  /** What a core does by itself is done to this point of what it received. */
  let served: number;
  /** Final ones, by Call-ID and CSeq. */
  let answers: Map<string, string>;
  let registrations: number;
  let decide: (invite: IncomingInvite) => void;

  beforeEach(async () => {
    core = await RawCore.listen();
    clock = new ManualClock();
    served = 0;
    answers = new Map();
    registrations = 0;
    decide = (invite) => void invite.accept(SDP, {}, {});
    account = new Account(
      { aor: BOB, registrar: core.uri, password: "secret" },
      {
        clock,
        log: silentLog,
        userAgent: "Inlet/test",
        instance: "urn:uuid:00000000-0000-4000-8000-000000000001",
        handlers: { invite: (invite) => decide(invite) },
        changed: (changed) => {
          view = changed;
        },
        registered: () => undefined,
        unregistered: () => undefined,
      },
    );
    view = account.view;
    account.start();
    await until("registered", () => view.state === "registered");
  });
  afterEach(async () => {
    account.dispose();
    await core[Symbol.asyncDispose]();
  });

  function serve(): void {
    while (served < core.received.length) {
      const text = core.received[served++] ?? "";
      if (text.startsWith("SIP/2.0 1")) continue;
      else if (text.startsWith("SIP/2.0")) answers.set(`${header(text, "Call-ID")} ${header(text, "CSeq")}`, text);
      else if (text.startsWith("\r\n"))
        continue; // one that answers no pings
      else if (text.startsWith("REGISTER")) {
        registrations++;
        core.respond(text, "200 OK", [`Contact: ${header(text, "Contact")};expires=600`]);
      } else core.respond(text, "200 OK");
    }
  }

  async function until(what: string, holds: () => boolean): Promise<void> {
    const end = Date.now() + 8000;
    while (!holds()) {
      if (Date.now() > end) throw new Error(`never: ${what}; ${JSON.stringify(view)}`);
      serve();
      await turn();
    }
  }

  async function pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10_000) {
      clock.advance(Math.min(left, 10_000));
      serve();
      await until("settled", () => view.state === "registered");
    }
  }

  async function answerTo(callId: string, cseq: string): Promise<string> {
    await until(`${callId} ${cseq} answered`, () => answers.has(`${callId} ${cseq}`));
    return answers.get(`${callId} ${cseq}`) ?? "";
  }
  const offer = (callId: string): void =>
    core.request(
      "INVITE",
      account.userAgent.contactUri,
      [`Call-ID: ${callId}`, "Content-Type: application/sdp"],
      "v=0\r\n",
    );
  /** ACK and BYE of an accepted one, ACK of a refused one. */
  async function finish(callId: string): Promise<void> {
    const answer = await answerTo(callId, "1 INVITE");
    const inDialog = [`Call-ID: ${callId}`, `To: ${header(answer, "To")}`];
    const via = answer.startsWith("SIP/2.0 2") ? [] : [`Via: ${header(answer, "Via")}`];
    core.request("ACK", account.userAgent.contactUri, [...inDialog, ...via, "CSeq: 1 ACK"]);
    if (via.length > 0) return;
    core.request("BYE", account.userAgent.contactUri, [...inDialog, "CSeq: 2 BYE"]);
    expect(await answerTo(callId, "2 BYE")).toMatch(/^SIP\/2\.0 200/);
  }

  it("Q4: a day with an offer a minute and 20 broken connections leaves no transaction, dialog or timer", async () => {
    await pass(300_000);
    const before = { timers: clock.pending, size: account.userAgent.size };
    let most = 0;
    for (let minute = 0; minute < 1440; minute++) {
      decide = (invite) => {
        if (minute % 3 === 0) invite.reject(603);
        else {
          invite.ring();
          invite.accept(SDP, {}, {});
        }
      };
      offer(`offer-${minute}`);
      await finish(`offer-${minute}`);
      if (minute % 72 === 36) {
        core.cut();
        await until("lost", () => view.state !== "registered");
        const lost = clock.elapsed();
        await until("registered again", () => {
          if (view.state === "lost") clock.advance(100);
          return view.state === "registered";
        });
        expect(clock.elapsed() - lost).toBeLessThanOrEqual(3000);
      }
      answers = new Map();
      await pass(60_000);
      most = Math.max(most, clock.pending);
    }
    await pass(64_000);
    expect(core.connections).toBe(21);
    expect(registrations).toBeGreaterThan(250);
    expect(account.userAgent.size).toBe(before.size);
    // A ping or a REGISTER may be under way now that was not then; 1440 offers or 21 connections would leave more.
    expect(clock.pending).toBeLessThan(before.timers + 10);
    expect(most).toBeLessThan(before.timers + 10);
    account.dispose();
    expect([account.userAgent.size, clock.pending]).toEqual([0, 0]);
  });

  it("200 sessions at once are held and let go", async () => {
    const before = { timers: clock.pending, size: account.userAgent.size };
    const ids = Array.from({ length: 200 }, (_, i) => `many-${i}`);
    for (const id of ids) offer(id);
    for (const id of ids) await answerTo(id, "1 INVITE");
    expect(account.userAgent.dialogs.size).toBe(200);
    for (const id of ids) await finish(id);
    await pass(64_000);
    expect([account.userAgent.dialogs.size, account.userAgent.size]).toEqual([0, before.size]);
    expect(clock.pending).toBeLessThan(before.timers + 10);
  });
});
