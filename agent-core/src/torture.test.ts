/**
 * The torture messages of RFC 4475 and RFC 5118 against a whole agent: each gets the verdict that docs/sip-torture.md
 * states, over UDP, over TCP, and over TCP by single octets, and a valid request after it is served.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Agent, startAgent } from "./agent.ts";
import { LIMITS, ManualClock } from "./kernel/index.ts";
import { header, headers, RawCore, RawDatagramCore, tortureMessages } from "./testing/index.ts";
import { parseDatagram, SipFramer } from "./wire/sip/index.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + 8000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await turn();
  }
}

/** A valid request, to see whether the agent still serves. */
function probe(count: number): string {
  const lines = ["OPTIONS sip:bob@example.net SIP/2.0", `Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK-probe-${count}`];
  lines.push("Max-Forwards: 70", "From: <sip:probe@example.net>;tag=probe", "To: <sip:bob@example.net>");
  lines.push(`Call-ID: probe-${count}`, "CSeq: 1 OPTIONS", "Content-Length: 0");
  return `${lines.join("\r\n")}\r\n\r\n`;
}
const answers = (received: readonly string[], count: number): string | undefined =>
  received.find((text) => text.startsWith("SIP/2.0 200") && text.includes(`Call-ID: probe-${count}\r\n`));
/** Final statuses that answer `message`, told by their Call-ID; those it has none for bear none. */
function statuses(received: readonly string[], message: Buffer): string {
  const ids = headers(message.toString("latin1"), "(?:Call-ID|i)");
  const own = received.filter((text) => {
    const id = header(text, "Call-ID");
    return /^SIP\/2\.0 [2-6]/.test(text) && (id === undefined ? ids.length === 0 : ids.includes(id));
  });
  return own.length === 0 ? "drop" : own.map((text) => text.slice(8, 11)).join(" ");
}

const messages = [...tortureMessages("rfc4475"), ...tortureMessages("rfc5118")];
const rows = (transport: "udp" | "tcp"): [string, (typeof messages)[number]][] =>
  messages.map((message) => [`${message.name}: ${message[transport]}`, message]);

it("RFC 4475 has 49 messages, RFC 5118 eleven", () => {
  expect([tortureMessages("rfc4475").length, tortureMessages("rfc5118").length]).toEqual([49, 11]);
});

describe("S1, S2: the codec", () => {
  it.each(messages)("$codec $name, alike in one datagram, in one piece of a stream and by the octet", (message) => {
    const { bytes, codec, udp, tcp } = message;
    const shown = (framed: readonly { kind: string }[]): string[] => framed.map(({ kind }) => kind);
    const [datagram] = shown([parseDatagram(bytes)]);
    expect(datagram).toBe(codec === "reads" ? "message" : "malformed");
    const whole = shown(new SipFramer().push(bytes));
    if (udp === tcp) expect(whole[0]).toBe(datagram);
    const framer = new SipFramer();
    expect(shown([...bytes].flatMap((octet) => framer.push(Uint8Array.of(octet))))).toEqual(whole);
  });
});

describe("S1, S2: an agent", () => {
  const folder = mkdtempSync(join(tmpdir(), "inlet-torture-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let clock: ManualClock;
  let count = 0;

  const start = (registrar: string, name: string): Promise<Agent> => {
    clock = new ManualClock();
    const account = { aor: "sip:bob@example.net", registrar, password: "secret", channels: false };
    return startAgent({ dataDir: join(folder, name), folder: join(folder, name, "in"), accounts: [account], clock });
  };

  describe("over UDP", () => {
    let core: RawDatagramCore;
    let agent: Agent;
    beforeAll(async () => {
      core = await RawDatagramCore.listen();
      agent = await start(core.uri, "udp");
      await until("registered", () => core.registrations > 0);
    });
    afterAll(async () => {
      await agent.stop();
      await core[Symbol.asyncDispose]();
    });

    it.each(rows("udp"))("%s", async (_, { bytes, udp }) => {
      const before = core.received.length;
      core.send(bytes);
      core.send(probe(++count));
      await until("a valid request is served", () => answers(core.received.slice(before), count) !== undefined);
      expect(statuses(core.received.slice(before), bytes)).toBe(udp);
      // What waits for an ACK or a repetition gives up.
      clock.advance(64_000);
    });
  });

  describe.each([
    ["over TCP", false],
    ["over TCP by single octets", true],
  ])("%s", (name, cut) => {
    let core: RawCore;
    let agent: Agent;
    beforeAll(async () => {
      core = await RawCore.listen();
      agent = await start(core.uri, cut ? "octets" : "tcp");
      await core.register();
    });
    afterAll(async () => {
      const stopping = agent.stop();
      await core.register(0);
      await stopping;
      await core[Symbol.asyncDispose]();
    });

    async function send(bytes: Buffer): Promise<void> {
      const [socket] = core.sockets();
      socket?.setNoDelay(true);
      if (!cut) {
        core.send(bytes);
        return;
      }
      for (let at = 0; at < bytes.length; at++) {
        core.send(bytes.subarray(at, at + 1));
        await turn();
      }
    }

    /** The connection is gone: the agent makes a new one. */
    async function registeredAgain(before: number): Promise<void> {
      await until("it registers again", () => {
        clock.advance(100);
        return core.received.slice(before).some((text) => text.startsWith("REGISTER"));
      });
      await core.register();
    }

    async function served(): Promise<void> {
      const before = core.received.length;
      core.send(probe(++count));
      await until("a valid request is served", () => answers(core.received.slice(before), count) !== undefined);
    }

    it.each(rows("tcp"))("%s", async (_, { bytes, tcp }) => {
      const before = core.received.length;
      const [socket] = core.sockets();
      await send(bytes);
      const [verdict = "", end] = tcp.split(", ");
      if (end === undefined) await served();
      else {
        await until("closed", () => {
          if (end === "waits") clock.advance(LIMITS.sipMessageTimeout / 32);
          return socket?.closed === true;
        });
      }
      expect(statuses(core.received.slice(before), bytes)).toBe(verdict);
      if (end !== undefined) {
        await registeredAgain(before);
        await served();
      }
      clock.advance(64_000);
    });
    it(`${name}, it is registered at the end`, () => {
      expect(Object.values(agent.state.accounts)[0]?.state).toBe("registered");
    });
  });
});
