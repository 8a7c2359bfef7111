/**
 * Files through a real MSRP relay, Kamailio's msrp module (RFC 4976): `inlet receive` as a process on one side of it, a
 * sender written by hand on the other, each signed in there.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@inlet/agent-core/kernel";
import { makeCertificates } from "@inlet/agent-core/testing";
import { sendFiles } from "@inlet/provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Kamailio, startKamailio } from "./kamailio.ts";
import { hasKamailioMsrp, startMsrpRelay } from "./kamailio-msrp.ts";
import { offerOf } from "./offers.ts";
import { RawCaller } from "./raw-caller.ts";
import { RawMsrp } from "./raw-msrp.ts";
import { ReceiveProcess } from "./receive-process.ts";

if (!hasKamailioMsrp) console.log("left out: MSRP relays (Kamailio is not installed with its msrp module)");

const BOB = "sip:bob@example.net";
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

/** Signs in at the relay as anna; the path that it grants. */
async function signIn(peer: RawMsrp, relay: string, own: string): Promise<string> {
  const ask = (id: string, ...more: readonly string[]): Promise<void> =>
    peer.write(
      Buffer.from(
        `${[`MSRP ${id} AUTH`, `To-Path: ${relay}`, `From-Path: ${own}`, ...more, `-------${id}$`].join("\r\n")}\r\n`,
      ),
    );
  await ask("auth1");
  const [, realm, nonce] = await peer.until(
    /MSRP auth1 401[\s\S]*realm="([^"]*)"[\s\S]*nonce="([^"]*)"[\s\S]*auth1\$\r\n/,
  );
  const secret = md5(`anna:${realm}:annas`);
  const response = md5(`${secret}:${nonce}:00000001:c1:auth:${md5(`AUTH:${relay}`)}`);
  const digest = `username="anna", realm="${realm}", nonce="${nonce}", uri="${relay}", response="${response}"`;
  await ask("auth2", `Authorization: Digest ${digest}, qop=auth, nc=00000001, cnonce="c1"`);
  const [, path = ""] = await peer.until(/MSRP auth2 200[\s\S]*Use-Path: (\S+)[\s\S]*auth2\$\r\n/);
  return path;
}

describe.skipIf(!hasKamailioMsrp)("a relay that is gone in the middle, and comes back", () => {
  const users = { bob: "secret", anna: "annas" };

  it.each([
    ["of the receiver: the file goes on in the same session", false],
    ["of both: it goes on with the next offer", true],
  ])("%s", { timeout: 90_000 }, async (_, both) => {
    const core = await startKamailio({ digest: "SHA-256", users });
    let relay = await startMsrpRelay({ users });
    const { port } = relay;
    const uri = `msrp://127.0.0.1:${port};tcp`;
    const receiver = await ReceiveProcess.start(core.port, ["--accept", "all", "--msrp-relay", uri]);
    const folder = await mkdtemp(join(tmpdir(), "inlet-relayed-"));
    const data = randomBytes(48_000_000);
    const file = join(folder, "large.bin");
    await writeFile(file, data);
    let offers = 1;
    try {
      await receiver.event("relay", ({ state }) => state === "ready");
      await receiver.registered();
      const sent = sendFiles({
        aor: "sip:anna@example.net",
        registrar: `sip:127.0.0.1:${core.port};transport=tcp`,
        ...{ to: BOB, user: "anna", password: "annas", method: "msrp", files: [file], log: silentLog },
        onRetry: () => void offers++,
        ...(both && { msrpRelay: { relays: [uri] } }),
      });
      await receiver.event("transfer", ({ received }) => Number(received) > 500_000);
      await relay.stop();
      await receiver.event("relay", ({ state }) => state === "lost");
      relay = await startMsrpRelay({ users, port });
      const { results } = await sent;
      expect(results.map(({ outcome, reason }) => reason?.text ?? outcome)).toEqual(["confirmed"]);
      const item = await receiver.event("item");
      expect((await readFile(`${item.path}`)).equals(data)).toBe(true);
      expect(offers > 1).toBe(both);
      expect(await receiver.stop()).toBe(0);
    } finally {
      await receiver.remove();
      await relay.stop();
      await core.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe.skipIf(!hasKamailioMsrp).each(["msrp", "msrps"] as const)("through Kamailio as a relay over %s", (scheme) => {
  const certificates = hasKamailioMsrp && scheme === "msrps" ? makeCertificates() : undefined;
  const tls = certificates === undefined ? {} : { ca: readFileSync(certificates.ca) };
  const users = { bob: "secret", anna: "annas" };
  let core: Kamailio;
  let relay: Kamailio;
  let uri: string;

  beforeAll(async () => {
    core = await startKamailio({ digest: "SHA-256", users });
    relay = await startMsrpRelay({ users, ...(certificates !== undefined && { certificate: certificates }) });
    uri = `${scheme}://127.0.0.1:${scheme === "msrps" ? relay.tlsPort : relay.port};tcp`;
  });
  afterAll(async () => {
    await core.stop();
    await relay.stop();
    certificates?.[Symbol.dispose]();
  });

  it("a file comes whole, and its sender hears of it", { timeout: 60_000 }, async () => {
    const trust = certificates === undefined ? [] : ["--tls-ca", certificates.ca];
    const receiver = await ReceiveProcess.start(core.port, ["--accept", "all", "--msrp-relay", uri, ...trust]);
    const caller = await RawCaller.open(core.port);
    const sender = await RawMsrp.open(uri, tls);
    try {
      await receiver.registered();
      await receiver.event("relay", ({ state }) => state === "ready");
      const own = `${scheme}://127.0.0.1:7654/anna;tcp`;
      const through = await signIn(sender, uri, own);
      expect(through).toMatch(new RegExp(`^${scheme}://127\\.0\\.0\\.1:`));

      const data = randomBytes(300_000);
      const offer = offerOf([{ name: "map.png", type: "image/png", data }])
        .replace(/^a=path:.*\r$/m, `a=path:${through} ${own}\r`)
        .replace("TCP/MSRP", scheme === "msrps" ? "TCP/TLS/MSRP" : "TCP/MSRP");
      caller.invite(BOB, offer);
      const answer = await caller.response();
      expect(answer.status).toBe(200);
      caller.ack();
      const path = /^a=path:(.*)\r$/m.exec(answer.body)?.[1] ?? "";
      expect(path.split(" ").map((hop) => hop.slice(0, hop.indexOf("/", 9)))).toEqual([
        uri.slice(0, uri.indexOf(";")),
        expect.stringMatching(new RegExp(`^${scheme}:`)),
      ]);
      expect(answer.body).toMatch(new RegExp(`^m=message ${/:(\d+);/.exec(uri)?.[1]} `, "m"));

      // Kamailio reads requests whole: small chunks.
      await sender.send({ to: `${through} ${path}`, from: own, data, chunk: 8192, type: "image/png" });
      const item = await receiver.event("item");
      expect(item.verified).toBe("yes");
      expect((await readFile(`${item.path}`)).equals(data)).toBe(true);
      await sender.until(
        new RegExp(`REPORT\\r\\n[\\s\\S]*Byte-Range: 1-${data.length}/${data.length}[\\s\\S]*Status: 000 200`),
      );
      caller.bye();
      expect((await caller.response()).status).toBe(200);
      expect(await receiver.stop()).toBe(0);
    } finally {
      sender.close();
      caller.close();
      await receiver.remove();
    }
  });

  it.each([
    ["of the sender", true, false],
    ["of the receiver", false, true],
    ["of both", true, true],
  ])("inlet send's files come whole through the relay %s", { timeout: 60_000 }, async (_, sends, receives) => {
    const trust = certificates === undefined ? [] : ["--tls-ca", certificates.ca];
    const through = receives ? ["--msrp-relay", uri] : [];
    const shown =
      certificates === undefined ? [] : ["--msrp-key", certificates.key, "--msrp-certificate", certificates.cert];
    const receiver = await ReceiveProcess.start(core.port, ["--accept", "all", ...through, ...trust, ...shown]);
    const folder = await mkdtemp(join(tmpdir(), "inlet-relayed-"));
    const data = [randomBytes(500_000), randomBytes(100)];
    const files = ["a.bin", "b.bin"].map((name) => join(folder, name));
    for (const [index, file] of files.entries()) await writeFile(file, data[index] ?? "");
    try {
      await receiver.registered();
      if (receives) await receiver.event("relay", ({ state }) => state === "ready");
      const { results } = await sendFiles({
        aor: "sip:anna@example.net",
        registrar: `sip:127.0.0.1:${core.port};transport=tcp`,
        to: BOB,
        user: "anna",
        password: "annas",
        method: "msrp",
        files,
        log: silentLog,
        encrypt: scheme === "msrps",
        ...(certificates !== undefined && { tls: { ca: readFileSync(certificates.ca, "utf8") } }),
        ...(sends && { msrpRelay: { relays: [uri] } }),
      });
      expect(results.map(({ outcome, reason }) => reason?.text ?? outcome)).toEqual(["confirmed", "confirmed"]);
      for (const [index, expected] of data.entries()) {
        const item = await receiver.event("item", (event) => event.index === index);
        expect((await readFile(`${item.path}`)).equals(expected)).toBe(true);
      }
      expect(await receiver.stop()).toBe(0);
    } finally {
      await receiver.remove();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("a wrong password is told", async () => {
    const stranger = await startMsrpRelay({
      users: { bob: "other" },
      ...(certificates !== undefined && { certificate: certificates }),
    });
    const trust = certificates === undefined ? [] : ["--tls-ca", certificates.ca];
    const there = `${scheme}://127.0.0.1:${scheme === "msrps" ? stranger.tlsPort : stranger.port};tcp`;
    const receiver = await ReceiveProcess.start(core.port, ["--accept", "all", "--msrp-relay", there, ...trust]);
    try {
      const told = await receiver.event("relay", ({ state }) => state !== "connecting");
      expect(told).toMatchObject({ state: "rejected", reason: { code: "INLET_AUTH_REJECTED" } });
    } finally {
      await receiver.remove();
      await stranger.stop();
    }
  });
});
