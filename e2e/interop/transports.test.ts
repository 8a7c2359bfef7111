/** The same offer through a real Kamailio over every transport between it and the agent, and what is refused. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Certificates, makeCertificates } from "@inlet/agent-core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasKamailio, type Kamailio, startKamailio } from "./kamailio.ts";
import { answerPaths, fromPath, offerOf } from "./offers.ts";
import { RawCaller } from "./raw-caller.ts";
import { RawMsrp } from "./raw-msrp.ts";
import { ReceiveProcess } from "./receive-process.ts";

const BOB = "sip:bob@example.net";

describe.skipIf(!hasKamailio)("every transport", () => {
  let certificates: Certificates;
  let core: Kamailio;

  beforeAll(async () => {
    certificates = makeCertificates();
    const { key, cert } = certificates;
    core = await startKamailio({
      digest: "SHA-256",
      users: { bob: "secret" },
      certificate: { key, cert },
      webSocket: true,
    });
  });
  afterAll(async () => {
    await core.stop();
    certificates[Symbol.dispose]();
  });

  const trust = (): string[] => ["--tls-ca", certificates.ca];

  it.each<[string, () => string, () => string[]]>([
    ["UDP", () => `sip:127.0.0.1:${core.port};transport=udp`, () => []],
    ["TCP", () => `sip:127.0.0.1:${core.port};transport=tcp`, () => []],
    ["TLS", () => `sip:127.0.0.1:${core.tlsPort};transport=tls`, trust],
    ["TLS by sips:", () => `sips:127.0.0.1:${core.tlsPort}`, trust],
    [
      "TLS with a pinned certificate",
      () => `sip:127.0.0.1:${core.tlsPort};transport=tls`,
      () => ["--tls-fingerprint", certificates.fingerprint],
    ],
    ["WebSocket", () => `sip:127.0.0.1:${core.port};transport=ws`, () => []],
    ["secure WebSocket", () => `sip:127.0.0.1:${core.tlsPort};transport=wss`, trust],
  ])("an offer over %s is accepted, received and released", async (_, registrar, args) => {
    const receiver = await ReceiveProcess.start(registrar(), args());
    const caller = await RawCaller.open(core.port);
    try {
      await receiver.registered();
      const data = randomBytes(50_000);
      caller.invite(BOB, offerOf([{ name: "a.bin", type: "application/octet-stream", data }]));
      expect((await caller.response()).status).toBe(180);
      const offer = await receiver.event("offer");
      await receiver.command("offers.decide", { offer: offer.id, accept: [0] });
      const answer = await caller.response();
      expect(answer.status).toBe(200);
      caller.ack();
      const [path] = answerPaths(answer.body);
      const sender = await RawMsrp.open(path ?? "");
      await sender.send({ to: path ?? "", from: fromPath(0), data, chunk: 10_000 });
      await sender.until(/Status: 000 200/);
      sender.close();
      const item = await receiver.event("item");
      expect((await readFile(`${item.path}`)).equals(data)).toBe(true);
      caller.bye();
      expect((await caller.response()).status).toBe(200);
      expect(await receiver.event("offerEnded")).toMatchObject({ outcome: "completed" });
      expect(await receiver.stop()).toBe(0);
    } finally {
      caller.close();
      await receiver.remove();
    }
  });

  it.each<[string, () => string[]]>([
    ["an authority nobody trusts", () => []],
    ["another certificate than the pinned one", () => ["--tls-fingerprint", "00".repeat(32)]],
  ])("T1: %s is refused in words, and no request is sent", async (_, args) => {
    for (const transport of ["tls", "wss"]) {
      const receiver = await ReceiveProcess.start(`sip:127.0.0.1:${core.tlsPort};transport=${transport}`, args());
      const lost = await receiver.event("registration", (line) => line.state === "lost");
      expect(lost.reason).toMatchObject({ code: "INLET_SIP_CERTIFICATE" });
      await receiver.remove();
    }
  });

  it("T1: a certificate for another name, or one that has expired, is refused", async () => {
    for (const wish of [{ names: "DNS:elsewhere.example" }, { from: -3, to: -1 }]) {
      using wrong = makeCertificates(wish);
      const other = await startKamailio({ certificate: { key: wrong.key, cert: wrong.cert } });
      const receiver = await ReceiveProcess.start(`sip:127.0.0.1:${other.tlsPort};transport=tls`, [
        "--tls-ca",
        wrong.ca,
      ]);
      const lost = await receiver.event("registration", (line) => line.state === "lost");
      expect(lost.reason).toMatchObject({ code: "INLET_SIP_CERTIFICATE" });
      await receiver.remove();
      await other.stop();
    }
  });

  it.each<[string, () => string, () => string[]]>([
    ["UDP", () => `sip:127.0.0.1:${core.port};transport=udp`, () => []],
    ["TLS", () => `sip:127.0.0.1:${core.tlsPort};transport=tls`, trust],
    ["secure WebSocket", () => `sip:127.0.0.1:${core.tlsPort};transport=wss`, trust],
  ])("inlet send offers over %s what inlet receive takes over TCP", async (_, registrar, args) => {
    const receiver = await ReceiveProcess.start(core.port, ["--accept", "all"]);
    try {
      await receiver.registered();
      const file = fileURLToPath(new URL("../../LICENSE", import.meta.url));
      const { code, output } = await send(["--registrar", registrar(), ...args(), file, file, file]);
      expect(code, output).toBe(0);
      await receiver.event("offerEnded", (line) => line.outcome === "completed");
      expect(receiver.lines.filter((line) => line.event === "item")).toHaveLength(3);
    } finally {
      await receiver.remove();
    }
  });
});

async function send(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const inlet = fileURLToPath(new URL("../../headless/src/inlet.ts", import.meta.url));
  const own = ["send", "--aor", "sip:ann@example.net", "--to", BOB];
  const child = spawn(process.execPath, [inlet, ...own, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      output += data.toString();
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  return { code, output };
}
