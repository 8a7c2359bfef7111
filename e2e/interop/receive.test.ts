/**
 * `inlet receive --json` as a process, registered with a real Kamailio; the caller and the MSRP sender are written by hand.
 */
import { createHash, randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasKamailio, type Kamailio, startKamailio } from "./kamailio.ts";
import { answerPaths, fromPath, type OfferedBytes, offerOf } from "./offers.ts";
import { RawCaller } from "./raw-caller.ts";
import { RawMsrp } from "./raw-msrp.ts";
import { ReceiveProcess } from "./receive-process.ts";

if (!hasKamailio) console.log("left out: reception through Kamailio (package kamailio is not installed)");

const BOB = "sip:bob@example.net";
const file = (name: string, type: string, size: number): OfferedBytes => ({ name, type, data: randomBytes(size) });

/** Accepts the offer that comes and returns the answer's paths. */
async function acceptAll(
  receiver: ReceiveProcess,
  caller: RawCaller,
  accept: readonly number[],
): Promise<(string | undefined)[]> {
  const ringing = await caller.response();
  expect(ringing.status).toBe(180);
  const offer = await receiver.event("offer");
  const decided = await receiver.command("offers.decide", { offer: offer.id, accept });
  expect(decided).toMatchObject({ result: {} });
  const answer = await caller.response();
  expect(answer.status).toBe(200);
  caller.ack();
  return answerPaths(answer.body);
}

const need = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error("missing");
  return value;
};

describe.skipIf(!hasKamailio)("reception through Kamailio", () => {
  let core: Kamailio;
  let receiver: ReceiveProcess;
  let caller: RawCaller;
  const open: RawMsrp[] = [];

  const msrp = async (path: string | undefined): Promise<RawMsrp> => {
    const sender = await RawMsrp.open(need(path));
    open.push(sender);
    return sender;
  };

  beforeAll(async () => {
    core = await startKamailio({ digest: "SHA-256", users: { bob: "secret" } });
  });
  afterAll(() => core.stop());

  beforeEach(async () => {
    receiver = await ReceiveProcess.start(core.port);
    await receiver.registered();
    caller = await RawCaller.open(core.port);
  });
  afterEach(async () => {
    for (const sender of open.splice(0)) sender.close();
    caller.close();
    expect(await receiver.stop()).toBe(0);
    await receiver.remove();
  });

  it("two of three offered files are accepted, arrive whole, and the third line has port 0", async () => {
    const files = [
      file("map one.png", "image/png", 100_000),
      file("notes.txt", "text/plain", 12),
      file("big.bin", "application/octet-stream", 3_000_000),
    ];
    caller.invite(BOB, offerOf(files));
    const paths = await acceptAll(receiver, caller, [0, 2]);
    expect(paths[1]).toBeUndefined();
    for (const index of [0, 2]) {
      const sender = await msrp(paths[index]);
      await sender.send({
        to: need(paths[index]),
        from: fromPath(index),
        data: need(files[index]).data,
        chunk: 10_240,
      });
      await sender.until(/Status: 000 200/);
    }
    caller.bye();
    expect((await caller.response()).status).toBe(200);
    expect(await receiver.event("offerEnded")).toMatchObject({ outcome: "completed" });
    const items = receiver.lines.filter((line) => line.event === "item");
    expect(items.map(({ name, verified }) => [name, verified])).toEqual([
      ["map one.png", "yes"],
      ["big.bin", "yes"],
    ]);
    for (const item of items) {
      const bytes = await readFile(`${item.path}`);
      expect(bytes.equals(need(files[item.index as number]).data)).toBe(true);
      expect(item.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
    }
    expect((await readdir(receiver.folder)).sort()).toEqual(["big.bin", "map one.png"]);
  });

  it("the answer is recvonly, repeats the selector, and names one path a line", async () => {
    caller.invite(BOB, offerOf([file("a.bin", "application/octet-stream", 10)]));
    expect((await caller.response()).status).toBe(180);
    const offer = await receiver.event("offer");
    expect(offer).toMatchObject({ from: { uri: "sip:news@example.net", name: "News desk" }, account: BOB });
    await receiver.command("offers.decide", { offer: offer.id, accept: [0] });
    const { body, text } = await caller.response();
    expect(text).toMatch(/^Contact: .*\+g\.oma\.lcsi\.sip-push/m);
    expect(body).toMatch(/^a=recvonly\r$/m);
    expect(body).toMatch(/^a=file-selector:name:"a.bin" type:application\/octet-stream size:10 hash:sha-1:/m);
    expect(body.match(/^a=path:msrp:\/\/127\.0\.0\.1:\d+\/\S+;tcp\r$/gm)).toHaveLength(1);
    caller.ack();
    caller.bye();
  });

  it.each([
    ["2 KiB chunks", 2048],
    ["64 KiB chunks", 65_536],
    ["1 MiB chunks", 1_048_576],
    ["one chunk", Number.MAX_SAFE_INTEGER],
  ])("a file of 20 MB arrives whole in %s", async (_, chunk) => {
    const offered = file("data.bin", "application/octet-stream", 20_000_000);
    caller.invite(BOB, offerOf([offered]));
    const [path] = await acceptAll(receiver, caller, [0]);
    const sender = await msrp(path);
    await sender.send({ to: need(path), from: fromPath(0), data: offered.data, chunk });
    await sender.until(/Status: 000 200/);
    const item = await receiver.event("item");
    expect(item.sha1).toBe(createHash("sha1").update(offered.data).digest("hex"));
    caller.bye();
    await receiver.event("offerEnded");
  });

  it("M1: a transfer whose stream is cut at every octet is the same file", async () => {
    const offered = file("cut.bin", "application/octet-stream", 5000);
    caller.invite(BOB, offerOf([offered]));
    const [path] = await acceptAll(receiver, caller, [0]);
    const sender = await msrp(path);
    await sender.send({ to: need(path), from: fromPath(0), data: offered.data, chunk: 700, split: 1 });
    await sender.until(/Status: 000 200/);
    expect(await receiver.event("item")).toMatchObject({ verified: "yes", size: 5000 });
    caller.bye();
  });

  it("rejecting everything answers 603 and leaves nothing behind", async () => {
    caller.invite(BOB, offerOf([file("a.bin", "application/octet-stream", 10)]));
    await caller.response();
    const offer = await receiver.event("offer");
    await receiver.command("offers.decide", { offer: offer.id, accept: [] });
    expect((await caller.response()).status).toBe(603);
    expect(await receiver.event("offerEnded")).toMatchObject({
      outcome: "rejected",
      reason: { code: "INLET_OFFER_REJECTED" },
    });
    expect(await readdir(receiver.folder)).toEqual([]);
  });

  it("S11: CANCEL withdraws the offer; a decision after it is refused in words", async () => {
    caller.invite(BOB, offerOf([file("a.bin", "application/octet-stream", 10)]));
    expect((await caller.response()).status).toBe(180);
    caller.cancel();
    const statuses = [(await caller.response()).status, (await caller.response()).status].sort();
    expect(statuses).toEqual([200, 487]);
    const ended = await receiver.event("offerEnded");
    expect(ended).toMatchObject({ outcome: "cancelled", reason: { code: "INLET_OFFER_WITHDRAWN" } });
    expect(await receiver.command("offers.decide", { offer: ended.id, accept: [0] })).toMatchObject({
      error: { code: "INLET_OFFER_UNKNOWN" },
    });
  });

  it("BYE in the middle ends the offer as failed and leaves nothing but the part", async () => {
    const offered = file("half.bin", "application/octet-stream", 100_000);
    caller.invite(BOB, offerOf([offered]));
    const [path] = await acceptAll(receiver, caller, [0]);
    const sender = await msrp(path);
    await sender.write(
      Buffer.concat([
        Buffer.from(
          `MSRP half0001 SEND\r\nTo-Path: ${path}\r\nFrom-Path: ${fromPath(0)}\r\nMessage-ID: half\r\nByte-Range: 1-*/100000\r\nContent-Type: application/octet-stream\r\n\r\n`,
        ),
        offered.data.subarray(0, 50_000),
      ]),
    );
    await receiver.event("transfer");
    caller.bye();
    expect((await caller.response()).status).toBe(200);
    expect(await receiver.event("offerEnded")).toMatchObject({
      outcome: "failed",
      reason: { code: "INLET_TRANSFER_INCOMPLETE" },
    });
    expect(await readdir(receiver.folder)).toEqual([expect.stringMatching(/^\..+\.inlet-part$/)]);
  });

  it("F10: a file whose hash differs is not kept, and the sender is not told that it arrived", async () => {
    const offered = { ...file("lie.bin", "application/octet-stream", 5000), sha1: Array(20).fill("00").join(":") };
    caller.invite(BOB, offerOf([offered]));
    const [path] = await acceptAll(receiver, caller, [0]);
    const sender = await msrp(path);
    await sender.send({ to: need(path), from: fromPath(0), data: offered.data, chunk: 10_000 });
    expect(await receiver.event("offerEnded")).toMatchObject({
      outcome: "failed",
      reason: { code: "INLET_TRANSFER_HASH_MISMATCH" },
    });
    expect(sender.text).not.toMatch(/ 200 OK/);
    expect(await readdir(receiver.folder)).toEqual([]);
    caller.bye();
    // It lies aside, told as failed, until the person asks for it all the same.
    const { result } = await receiver.command("offers.list", { limit: 1 });
    const [record] = (result as { offers: { id: string; files: object[] }[] }).offers;
    expect(record?.files).toEqual([expect.objectContaining({ outcome: "failed", verified: "no", aside: true })]);
    const which = { offer: record?.id, index: 0 };
    expect(await receiver.command("offers.keepAside", which)).toMatchObject({ result: { item: expect.any(String) } });
    const item = await receiver.event("item");
    expect(item).toMatchObject({ verified: "no", size: 5000, name: "lie.bin" });
    expect((await readFile(`${item.path}`)).equals(offered.data)).toBe(true);
    expect(await receiver.command("offers.keepAside", which)).toMatchObject({
      error: { code: "INLET_ITEM_CONTENT_GONE" },
    });
  });

  it("more octets than offered are stopped with 413", async () => {
    const offered = { ...file("more.bin", "application/octet-stream", 50_000), size: 10_000 };
    caller.invite(BOB, offerOf([offered]));
    const [path] = await acceptAll(receiver, caller, [0]);
    const sender = await msrp(path);
    await sender.send({ to: need(path), from: fromPath(0), data: offered.data, chunk: 5000 });
    await sender.until(/^MSRP \S+ 413/m);
    expect(await receiver.event("offerEnded")).toMatchObject({
      outcome: "failed",
      reason: { code: "INLET_TRANSFER_TOO_LARGE" },
    });
    caller.bye();
  });

  it("F1, F6: hostile and colliding names stay inside the folder, and nothing is overwritten", async () => {
    const names = ["..%2F..%2Fevil.txt", "same.txt", "same.txt", "/etc/passwd"];
    const files = names.map((name) => file(name, "text/plain", 20));
    caller.invite(BOB, offerOf(files));
    const paths = await acceptAll(receiver, caller, [0, 1, 2, 3]);
    for (const [index, path] of paths.entries()) {
      const sender = await msrp(path);
      await sender.send({ to: need(path), from: fromPath(index), data: need(files[index]).data, chunk: 100 });
      await sender.until(/Status: 000 200/);
    }
    caller.bye();
    await receiver.event("offerEnded");
    expect((await readdir(receiver.folder)).sort()).toEqual(["evil.txt", "passwd", "same (2).txt", "same.txt"]);
  });

  it("a SIP MESSAGE becomes an item before its 200", async () => {
    caller.message(BOB, "The gate opens at nine.\nBring your badge.");
    expect((await caller.response()).status).toBe(200);
    expect(await receiver.event("item")).toMatchObject({
      kind: "message",
      name: "The gate opens at nine.",
      text: "The gate opens at nine.\nBring your badge.",
      verified: "unstated",
    });
    const listed = await receiver.command("items.list", { limit: 10 });
    expect(listed.result).toMatchObject({ items: [{ kind: "message", read: false }] });
  });

  it("the sample INVITE of the push proposal is understood: dialect, multipart, picture", async () => {
    const icon = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0xff, 0xfe]);
    const sdp = [
      "--boundary71",
      "Content-Type: application/sdp",
      "",
      "v=0",
      "o=alice 2890844526 2890844526 IN IP4 push-sender-agent.example.com",
      "s=",
      "c=IN IP4 127.0.0.1",
      "t=0 0",
      "m=message 7654 TCP/MSRP *",
      "i=This is my latest picture",
      "a=sendonly",
      "a=accept-types:message/cpim",
      "a=accept-wrapped-types:*",
      "a=path:msrp://127.0.0.1:7654/jshA7we;tcp",
      'a=file-selector:name:"My cool picture.jpg" type:image/jpeg',
      "  size:4092 hash:sha-1:72245FE8653DDAF371362F86D471913EE4A2CE2E",
      "a=disposition: not-render",
      'a=file-date:creation:"Mon, 15 May 2006 15:01:31 +03:00"',
      "a=icon:cid:id2@ push-sender-agent.example.com",
      "--boundary71",
      "Content-Type: image/png",
      "Content-Transfer-Encoding: binary",
      "Content-ID: <id2@ push-sender-agent.example.com>",
      "Content-Disposition: icon",
      "",
      "",
    ].join("\r\n");
    const body = Buffer.concat([Buffer.from(sdp), icon, Buffer.from("\r\n--boundary71--\r\n")]);
    caller.invite(BOB, body, [
      "Accept-Contact: +g.oma.lcsi.sip-push, +g.oma.iari.syncml",
      "Content-Type: application/sdp",
    ]);
    expect((await caller.response()).status).toBe(180);
    const offer = await receiver.event("offer");
    expect(offer).toMatchObject({
      service: "+g.oma.lcsi.sip-push",
      application: "+g.oma.iari.syncml",
      files: [
        {
          name: "My cool picture.jpg",
          type: "image/jpeg",
          size: 4092,
          hashes: { "sha-1": "72:24:5F:E8:65:3D:DA:F3:71:36:2F:86:D4:71:91:3E:E4:A2:CE:2E" },
          description: "This is my latest picture",
          disposition: "attachment",
          hasIcon: true,
        },
      ],
    });
    const picture = await receiver.command("offers.icon", { offer: offer.id, index: 0 });
    expect(picture.result).toEqual({ type: "image/png", base64: icon.toString("base64") });
    await receiver.command("offers.decide", { offer: offer.id, accept: [] });
    expect((await caller.response()).status).toBe(603);
  });

  it("an INVITE without a readable offer is refused with 488, 400 or 415, and the next one is served", async () => {
    const refused: [string, string, number][] = [
      ["application/sdp", "nonsense", 488],
      ["application/sdp", "v=0\r\no=a 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n", 488],
      ["text/plain", "hello", 415],
      ["multipart/mixed;boundary=x", "no parts here", 400],
    ];
    for (const [type, body, status] of refused) {
      caller.invite(BOB, body, [`Content-Type: ${type}`]);
      expect((await caller.response()).status).toBe(status);
    }
    caller.invite(BOB, offerOf([file("a.bin", "application/octet-stream", 10)]));
    expect((await caller.response()).status).toBe(180);
    await receiver.event("offer");
  });

  it("what was received is there after a restart, and an offer cut off by it has ended truthfully", async () => {
    caller.message(BOB, "kept");
    await receiver.event("item");
    caller.invite(BOB, offerOf([file("a.bin", "application/octet-stream", 10)]));
    await caller.response();
    await receiver.event("offer");
    receiver.child.kill("SIGKILL");
    await receiver.stop();
    receiver = await ReceiveProcess.start(core.port, [], receiver.home);
    await receiver.registered();
    expect((await receiver.command("items.list")).result).toMatchObject({ items: [{ text: "kept" }] });
    expect((await receiver.command("offers.list")).result).toMatchObject({ offers: [{ outcome: "expired" }] });
  });
});
