/** tshark judges what Inlet sends in a representative run through Kamailio: none of it is malformed. */
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { silentLog, systemClock } from "@inlet/agent-core/kernel";
import { openFlow, Subscription, UserAgent } from "@inlet/agent-core/sip";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "./free-port.ts";
import { hasKamailio, type Kamailio, startKamailio } from "./kamailio.ts";
import { hasKamailioPresence } from "./kamailio-presence.ts";
import { answerPaths, fromPath, offerOf } from "./offers.ts";
import { RawCaller } from "./raw-caller.ts";
import { RawMsrp } from "./raw-msrp.ts";
import { ReceiveProcess } from "./receive-process.ts";
import { noTshark, Recording } from "./tshark.ts";

const without = hasKamailio && hasKamailioPresence ? noTshark : "Kamailio is not installed with its presence modules";
if (without !== undefined) console.log(`left out: tshark as a judge of Inlet's SIP (${without})`);

const BOB = "sip:bob@example.net";

describe.skipIf(without !== undefined)("tshark as a judge", () => {
  let core: Kamailio;
  beforeAll(async () => {
    core = await startKamailio({ digest: "SHA-256", users: { bob: "secret" }, presence: true });
  });
  afterAll(() => core.stop());

  /** Registers with digest, takes a MESSAGE and an offer, and unregisters. */
  async function receive(transport: string): Promise<number> {
    const receiver = await ReceiveProcess.start(`sip:127.0.0.1:${core.port};transport=${transport}`);
    const caller = await RawCaller.open(core.port);
    try {
      await receiver.registered();
      caller.message(BOB, "Grüße");
      expect((await caller.response()).status).toBe(200);
      const data = randomBytes(5000);
      caller.invite(BOB, offerOf([{ name: "map.png", type: "image/png", data }]));
      expect((await caller.response()).status).toBe(180);
      const offer = await receiver.event("offer");
      await receiver.command("offers.decide", { offer: offer.id, accept: [0] });
      const answer = await caller.response();
      caller.ack();
      const path = answerPaths(answer.body)[0] ?? "";
      const sender = await RawMsrp.open(path);
      await sender.send({ to: path, from: fromPath(0), data, chunk: 2048 });
      await receiver.event("item", (line) => line.name === "map.png");
      sender.close();
      caller.bye();
      expect((await caller.response()).status).toBe(200);
      expect(await receiver.stop()).toBe(0);
    } finally {
      caller.close();
      await receiver.remove();
    }
    return caller.port;
  }

  /** Subscribes to somebody's registration, hears of it, and ends that. */
  async function watch(protocol: "UDP" | "TCP"): Promise<void> {
    const options = { clock: systemClock, log: silentLog };
    const agent = new UserAgent({ ...options, aor: "sip:ann@example.net", userAgent: "Inlet/test", handlers: {} });
    const flow = await openFlow({ protocol, host: "127.0.0.1", port: core.port, timeout: 5000 }, options);
    agent.connection = flow;
    flow.start({ message: (message) => agent.receive(message), closed: () => undefined }, false);
    const active = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    const subscription = new Subscription(agent, {
      uri: BOB,
      event: "presence",
      accept: "application/pidf+xml",
      expires: 600,
      clock: systemClock,
      notified: () => undefined,
      stands: () => active.resolve(),
      ended: (outcome) => ended.resolve(outcome),
    });
    subscription.start();
    await active.promise;
    subscription.stop();
    expect(await ended.promise).toBe("ended");
    agent.dispose();
    flow.close();
  }

  it.each(["UDP", "TCP"] as const)("over %s nothing that Inlet sends is malformed", async (protocol) => {
    using recording = await Recording.of(core.port);
    const caller = await receive(protocol.toLowerCase());
    await watch(protocol);
    const packets = await recording.packets();
    const own = packets.filter(({ from, to }) => to === core.port && from !== core.port && from !== caller);
    const said = new Set(own.flatMap(({ what }) => what.split(",")));
    for (const needed of ["REGISTER", "SUBSCRIBE", "180", "200"]) expect([...said]).toContain(needed);
    expect(own.filter(({ bad }) => bad)).toEqual([]);
  });

  it("it does find what is malformed", async () => {
    const port = await freePort();
    const socket = createSocket("udp4");
    using recording = await Recording.of(port);
    const lines = ["INVITE sip:a@h SIP/2.0", "Via: SIP/2.0/UDP h;branch=z9hG4bKx", "Call-ID: c", "no colon", "", ""];
    socket.send(lines.join("\r\n"), port, "127.0.0.1");
    const packets = await recording.packets();
    socket.close();
    expect(packets.some(({ bad }) => bad)).toBe(true);
  });
});
