import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ManualClock, millis, silentLog } from "@inlet/agent-core/kernel";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Provider } from "./provider.ts";
import { type SendFilesOptions, sendFiles } from "./send-files.ts";
import { ANN, BOB, openSockets, startTestProvider, TemporaryFolder, TestAgent } from "./testing.ts";

let before: number;
let folder: TemporaryFolder;
let provider: Provider;
let bob: TestAgent;
const files: string[] = [];
const contents = [Buffer.from("one line\n"), randomBytes(3 * 1024 * 1024), Buffer.alloc(0)];

beforeEach(async () => {
  before = await openSockets();
  folder = new TemporaryFolder();
  files.length = 0;
  for (const [index, bytes] of contents.entries()) {
    const path = join(folder.path, ["note.txt", "data.bin", "empty.dat"][index] ?? "");
    writeFileSync(path, bytes);
    files.push(path);
  }
  provider = await startTestProvider();
  const links = { networks: ["127.0.0.1"] };
  bob = await TestAgent.start(folder.path, { ...BOB, registrar: provider.registrar }, { links });
});

afterEach(async () => {
  await bob.agent.stop();
  await provider.stop();
  folder[Symbol.dispose]();
  expect(await openSockets()).toBe(before);
});

const send = (options: Partial<SendFilesOptions> = {}): ReturnType<typeof sendFiles> =>
  sendFiles({
    aor: ANN.aor,
    registrar: provider.registrar,
    password: ANN.password,
    to: BOB.aor,
    method: "msrp",
    files,
    log: silentLog,
    ...options,
  });

const outcomes = async (sending: ReturnType<typeof sendFiles>): Promise<string[]> =>
  (await sending).results.map(({ outcome, reason }) => (reason === undefined ? outcome : `${outcome} ${reason.code}`));

describe("the way a file goes (seed 001 §6.5)", () => {
  it("S1-11: small files go as messages, large ones are offered over MSRP, of one push", async () => {
    const sending = send({ method: "auto", files: files.slice(0, 2) });
    const item = await bob.event("item");
    expect(item).toMatchObject({ kind: "message", text: "one line\n" });
    const offer = await bob.event("offer");
    expect(offer.files.map(({ name }) => name)).toEqual(["data.bin"]);
    await bob.agent.execute("offers.decide", { offer: offer.id, accept: [0] });
    const { results } = await sending;
    expect(results.map(({ to, method, outcome }) => [to, method, outcome])).toEqual([
      [BOB.aor, "message", "confirmed"],
      [BOB.aor, "msrp", "confirmed"],
    ]);
  });

  it("S1-1: as a link the receiver is offered where the file lies, how large it is, its hash and until when", async () => {
    const { results } = await send({
      method: "indirect",
      linkBase: "https://files.example/pushed",
      files: [files[1] ?? ""],
    });
    expect(results).toMatchObject([{ method: "indirect", outcome: "delivered" }]);
    const offer = await bob.event("offer");
    expect(offer).toMatchObject({
      origin: "link",
      files: [{ name: "data.bin", size: 3 * 1024 * 1024, url: "https://files.example/pushed/data.bin" }],
    });
    expect(Object.keys(offer.files[0]?.hashes ?? {})).toEqual(["sha-1"]);
    const days = (Date.parse(offer.expiresAt) - Date.parse(offer.receivedAt)) / 86_400_000;
    expect(days).toBeCloseTo(7, 2);
  });

  describe("S1-C1: a link that it serves itself", () => {
    const linkListen = { host: "127.0.0.1", port: 0 };
    const served = { method: "indirect", linkListen } as const;

    const allowPlain = (): Promise<unknown> => bob.agent.execute("settings.set", { plainLinks: true });

    it("leads to the file; when all are fetched it is over", async () => {
      await allowPlain();
      const sending = send({ ...served, files: files.slice(0, 2) });
      for (const name of ["note.txt", "data.bin"]) {
        const offer = await bob.event("offer", (event) => event.files[0]?.name === name);
        await bob.agent.execute("offers.decide", { offer: offer.id, accept: [0] });
      }
      expect((await sending).results).toMatchObject([{ outcome: "delivered" }, { outcome: "delivered" }]);
      const item = await bob.event("item", (event) => event.name === "data.bin");
      expect(item.verified).toBe("yes");
      expect(readFileSync(item.path ?? "").equals(contents[1] ?? Buffer.alloc(0))).toBe(true);
    });

    it("says of whom did not fetch it in time that it did not", async () => {
      await allowPlain();
      const clock = new ManualClock(Date.now());
      const waiting = Promise.withResolvers<number>();
      const sending = send({ ...served, files: [files[1] ?? ""], clock, onWaiting: waiting.resolve });
      expect(await waiting.promise).toBe(clock.now() + 3_600_000);
      clock.advance(millis(3_600_000));
      expect((await sending).results).toMatchObject([
        { method: "indirect", outcome: "failed", reason: { code: "INLET_SEND_NOT_FETCHED" } },
      ]);
    });

    it("waits for nobody who did not take the message", async () => {
      const to = ["sip:nobody@example.net", BOB.aor];
      expect(await outcomes(send({ ...served, to, files: [files[1] ?? ""] }))).toEqual([
        "failed INLET_SEND_UNAVAILABLE",
        "rejected INLET_SEND_REJECTED",
      ]);
    });
  });

  it("S1-34: names the application that it is for", async () => {
    const sending = send({ files: files.slice(0, 1), application: "+g.oma.iari.syncml" });
    const offer = await bob.event("offer");
    expect(offer.application).toBe("+g.oma.iari.syncml");
    await bob.agent.execute("offers.decide", { offer: offer.id, accept: [] });
    await sending;
  });

  it("S1-63: says what a file is about, in the offer and with its octets", async () => {
    const sending = send({ files: files.slice(0, 1), description: "A line\nor two" });
    const offer = await bob.event("offer");
    expect(offer.files[0]?.description).toBe("A line or two");
    await bob.agent.execute("offers.decide", { offer: offer.id, accept: [0] });
    await sending;
    expect((await bob.event("item")).description).toBe("A line or two");
  });
});

describe("many receivers (S1-92)", () => {
  it("each has a result for each file; a bounded number is pushed to at once", async () => {
    let open = 0;
    let most = 0;
    bob.agent.subscribe((message) => {
      if (!("event" in message)) return;
      if (message.event === "offer") {
        open++;
        most = Math.max(most, open);
        // Another may come before this one is decided on.
        setImmediate(() => void bob.agent.execute("offers.decide", { offer: message.id, accept: [0] }));
      } else if (message.event === "offerEnded") open--;
    });
    const receivers = [BOB.aor, "sip:nobody@example.net", BOB.aor, BOB.aor, BOB.aor];
    const { results } = await send({ to: receivers, atOnce: 2, files: files.slice(0, 2) });
    expect(results.map(({ to, file, outcome }) => `${to} ${file} ${outcome}`)).toEqual(
      receivers.flatMap((to) => [
        `${to} ${files[0]} ${to === BOB.aor ? "confirmed" : "failed"}`,
        `${to} ${files[1]} ${to === BOB.aor ? "rejected" : "failed"}`,
      ]),
    );
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe("sendFiles", () => {
  it("offers three files; two are accepted, arrive byte for byte and are confirmed, the third is rejected", async () => {
    const progress: number[] = [];
    const sending = send({
      onProgress: (file, octets) => {
        if (file === files[1]) progress.push(octets);
      },
    });
    const offer = await bob.event("offer");
    expect(offer.from).toEqual({ uri: ANN.aor, asserted: ANN.aor });
    expect(offer.service).toBe("+g.oma.lcsi.sip-push");
    expect(offer.files.map(({ name, type, size }) => ({ name, type, size }))).toEqual([
      { name: "note.txt", type: "text/plain", size: 9 },
      { name: "data.bin", type: "application/octet-stream", size: 3 * 1024 * 1024 },
      { name: "empty.dat", type: "application/octet-stream", size: 0 },
    ]);
    expect(offer.files.map(({ hashes }) => Object.keys(hashes))).toEqual(Array(3).fill(["sha-1", "sha-256"]));
    await bob.agent.execute("offers.decide", { offer: offer.id, accept: [0, 1] });
    const { results } = await sending;
    expect(results.map(({ file, outcome }) => ({ file, outcome }))).toEqual([
      { file: files[0], outcome: "confirmed" },
      { file: files[1], outcome: "confirmed" },
      { file: files[2], outcome: "rejected" },
    ]);
    expect(progress.at(-1)).toBe(3 * 1024 * 1024);
    for (const index of [0, 1]) {
      const item = await bob.event("item", (event) => event.index === index);
      expect(item.verified).toBe("yes");
      expect(readFileSync(item.path ?? "").equals(contents[index] ?? Buffer.alloc(1))).toBe(true);
    }
    expect((await bob.event("offerEnded")).outcome).toBe("completed");
  });

  it("has every file confirmed when all are accepted, an empty one too", async () => {
    const sending = send();
    const offer = await bob.event("offer");
    await bob.agent.execute("offers.decide", { offer: offer.id, accept: [0, 1, 2] });
    expect(await outcomes(sending)).toEqual(["confirmed", "confirmed", "confirmed"]);
    expect((await bob.event("offerEnded")).outcome).toBe("completed");
  });

  it("says that all were rejected, with the receiver's word for it", async () => {
    const sending = send();
    const offer = await bob.event("offer");
    await bob.agent.execute("offers.decide", { offer: offer.id, accept: [] });
    const { results } = await sending;
    expect(results.map(({ outcome }) => outcome)).toEqual(["rejected", "rejected", "rejected"]);
    expect(results[0]?.reason?.text).toMatch(/603 .*INLET_OFFER_REJECTED/);
  });

  it("withdraws the offer when it is cancelled before the answer", async () => {
    const cancel = new AbortController();
    const sending = send({ signal: cancel.signal });
    await bob.event("offer");
    cancel.abort();
    expect(await outcomes(sending)).toEqual(Array(3).fill("failed INLET_TRANSFER_CANCELLED"));
    const ended = await bob.event("offerEnded");
    expect(ended).toMatchObject({ outcome: "cancelled", reason: { code: "INLET_OFFER_WITHDRAWN" } });
  });

  it("ends a transfer under way when it is cancelled", async () => {
    const cancel = new AbortController();
    const sending = send({ signal: cancel.signal, files: files.slice(1, 2), onProgress: () => cancel.abort() });
    const offer = await bob.event("offer");
    await bob.agent.execute("offers.decide", { offer: offer.id, accept: [0] });
    expect(await outcomes(sending)).toEqual(["failed INLET_TRANSFER_CANCELLED"]);
    expect((await bob.event("offerEnded")).outcome).toBe("failed");
  });

  it("says which file failed when the receiver cancels it, and still sends the other", async () => {
    let cancelled = false;
    const sending = send({
      files: files.slice(0, 2),
      onProgress: (file) => {
        const [offer] = bob.events.filter((event) => event.event === "offer");
        if (file !== files[1] || cancelled || offer === undefined) return;
        cancelled = true;
        void bob.agent.execute("transfers.cancel", { offer: offer.id, index: 1 }).catch(() => undefined);
      },
    });
    const offer = await bob.event("offer");
    await bob.agent.execute("offers.decide", { offer: offer.id, accept: [0, 1] });
    expect(await outcomes(sending)).toEqual(["confirmed", "failed INLET_MSRP_REFUSED"]);
  });

  it("fails what is under way when the receiver goes away and does not come back", async () => {
    const clock = new ManualClock();
    const sending = send({
      files: files.slice(1, 2),
      clock,
      onProgress: () => void bob.agent.stop(),
      onRetry: () => setImmediate(() => clock.advance(10_000)),
    });
    const offer = await bob.event("offer");
    await bob.agent.execute("offers.decide", { offer: offer.id, accept: [0] });
    const [outcome] = await outcomes(sending);
    expect(outcome).toMatch(/^failed INLET_(MSRP_REFUSED|SEND_ENDED|SEND_UNAVAILABLE)$/);
  });

  it("sends text as a message, confirmed when it is stored", async () => {
    expect(await outcomes(send({ method: "message", files: files.slice(0, 1) }))).toEqual(["confirmed"]);
    const item = await bob.event("item");
    expect(item).toMatchObject({ kind: "message", text: "one line\n", from: { uri: ANN.aor } });
  });

  it("sends a small file of any type as a message; what is too large for one is refused", async () => {
    expect(await outcomes(send({ method: "message", files: files.slice(1, 2) }))).toEqual([
      "failed INLET_SEND_TEXT_TOO_LONG",
    ]);
    const odd = join(folder.path, "odd.bin");
    writeFileSync(odd, Buffer.from([0xff, 0xfe, 0]));
    expect(await outcomes(send({ method: "message", files: [odd], description: "Odd octets" }))).toEqual(["confirmed"]);
    const item = await bob.event("item");
    expect(item).toMatchObject({ kind: "message", name: "odd.bin", type: "application/octet-stream", size: 3 });
    expect(item).toMatchObject({ disposition: "attachment", description: "Odd octets" });
    const pieces: Buffer[] = [];
    for await (const piece of (await bob.agent.content(item.id)).open()) pieces.push(piece as Buffer);
    expect(Buffer.concat(pieces)).toEqual(Buffer.from([0xff, 0xfe, 0]));
  });

  it("fails clearly with a wrong password", async () => {
    const sending = send({ password: "guessed" });
    await expect(sending).rejects.toMatchObject({ code: "INLET_AUTH_REJECTED" });
    await expect(send({ password: "guessed", method: "message" })).rejects.toMatchObject({
      code: "INLET_AUTH_REJECTED",
    });
  });

  it("may not speak for somebody else", async () => {
    expect(await outcomes(send({ aor: BOB.aor, user: ANN.name, files: files.slice(0, 1) }))).toEqual([
      "failed INLET_SEND_FAILED",
    ]);
  });

  it("says that nobody is there, and that nobody is known", async () => {
    expect(await outcomes(send({ to: ANN.aor, files: files.slice(0, 1) }))).toEqual(["failed INLET_SEND_UNAVAILABLE"]);
    const { results } = await send({ to: "sip:nobody@example.net", files: files.slice(0, 1) });
    expect(results[0]?.reason?.text).toContain("404");
  });

  it("names a file that cannot be read and offers the others", async () => {
    const sending = send({ files: [join(folder.path, "missing"), files[0] ?? ""] });
    const offer = await bob.event("offer");
    expect(offer.files).toHaveLength(1);
    await bob.agent.execute("offers.decide", { offer: offer.id, accept: [0] });
    expect(await outcomes(sending)).toEqual(["failed INLET_FILE_UNREADABLE", "confirmed"]);
  });

  it("connects to nobody where no file can be read", async () => {
    const missing = { files: [join(folder.path, "missing"), folder.path], to: [BOB.aor, ANN.aor] };
    expect(await outcomes(send({ ...missing, registrar: "sip:127.0.0.1:1;transport=tcp" }))).toEqual(
      Array(4).fill("failed INLET_FILE_UNREADABLE"),
    );
  });

  it("fails when there is no server, and for what is not there yet", async () => {
    await expect(send({ registrar: "sip:127.0.0.1:1;transport=tcp" })).rejects.toMatchObject({
      code: "INLET_SIP_CONNECTION_FAILED",
    });
    await expect(send({ registrar: "sip:127.0.0.1:1;transport=sctp" })).rejects.toMatchObject({
      code: "INLET_SIP_TRANSPORT_UNSUPPORTED",
    });
    await expect(send({ method: "indirect" })).rejects.toMatchObject({ code: "INLET_SEND_METHOD_UNAVAILABLE" });
  });

  it("fails when the server goes away before the answer", async () => {
    const sending = send();
    await bob.event("offer");
    const failed = expect(sending).rejects.toMatchObject({ code: "INLET_SIP_CONNECTION_LOST" });
    await provider.stop();
    await failed;
  });
});
