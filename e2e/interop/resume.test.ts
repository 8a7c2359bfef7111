/** Broken transfers that go on (RFC 5547 §8.4): the real agent behind a real Kamailio, the sender written by hand. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasKamailio, type Kamailio, startKamailio } from "./kamailio.ts";
import { answerPaths, fromPath, type OfferedBytes, offerOf } from "./offers.ts";
import { RawCaller } from "./raw-caller.ts";
import { RawMsrp } from "./raw-msrp.ts";
import { type Line, ReceiveProcess } from "./receive-process.ts";

if (!hasKamailio) console.log("left out: broken transfers through Kamailio (package kamailio is not installed)");

const BOB = "sip:bob@example.net";
const SIZE = 4_000_000;
const BROKE_AT = 2_500_000;

describe.skipIf(!hasKamailio)("a broken transfer", () => {
  let core: Kamailio;
  let receiver: ReceiveProcess;
  let caller: RawCaller;
  let data: Buffer;
  let offers = 0;
  const open: RawMsrp[] = [];

  beforeAll(async () => {
    core = await startKamailio({ digest: "SHA-256", users: { bob: "secret" } });
  });
  afterAll(() => core.stop());

  beforeEach(async () => {
    data = randomBytes(SIZE);
    offers = 0;
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

  const offered = (range?: string, more: Partial<OfferedBytes> = {}): OfferedBytes => ({
    name: "big.bin",
    type: "application/octet-stream",
    data,
    ...(range !== undefined && { range }),
    ...more,
  });

  /** The event of the newest offer. */
  const offerEvent = async (): Promise<Line> => {
    offers++;
    await receiver.line(() => receiver.lines.filter(({ event }) => event === "offer").length >= offers);
    return receiver.lines.filter(({ event }) => event === "offer").at(-1) ?? {};
  };

  /** Offers, has it accepted, and gives the path and what the answer says of the range. */
  const begin = async (file: OfferedBytes) => {
    caller.invite(BOB, offerOf([file]));
    expect((await caller.response()).status).toBe(180);
    const offer = await offerEvent();
    expect(await receiver.command("offers.decide", { offer: offer.id, accept: [0] })).toMatchObject({ result: {} });
    const { status, body } = await caller.response();
    if (status === 200) caller.ack();
    const [path = ""] = answerPaths(body);
    const sender = status === 200 ? await RawMsrp.open(path) : undefined;
    if (sender !== undefined) open.push(sender);
    return { status, offer, path, sender, sdp: body, range: /^a=file-range:(\S+)\r$/m.exec(body)?.[1] };
  };

  const ended = (offer: Line): Promise<Line> => receiver.event("offerEnded", ({ id }) => id === offer.id);

  /** Octets of a message that does not end. */
  const sendSome = async ({ path, sender }: Awaited<ReturnType<typeof begin>>, octets: number): Promise<void> => {
    const head = `MSRP half0001 SEND\r\nTo-Path: ${path}\r\nFrom-Path: ${fromPath(0)}\r\nMessage-ID: half\r\nByte-Range: 1-*/${SIZE}\r\nContent-Type: application/octet-stream\r\n\r\n`;
    await sender?.write(Buffer.concat([Buffer.from(head), data.subarray(0, octets)]));
  };

  /** Ends the connection; the other side has closed it too once it has read all of it. */
  const hangUp = async ({ sender }: Awaited<ReturnType<typeof begin>>): Promise<void> => {
    sender?.socket.end();
    if (sender?.socket.closed === false) await once(sender.socket, "close");
  };

  /** A first transfer that breaks after BROKE_AT octets, all of which are known to have come. */
  const breakOff = async (): Promise<void> => {
    const first = await begin(offered());
    await sendSome(first, BROKE_AT);
    await hangUp(first);
    // Who says nothing more would be waited for (LIMITS.msrpReturn).
    caller.bye();
    expect((await caller.response()).status).toBe(200);
    expect(await ended(first.offer)).toMatchObject({ outcome: "failed" });
  };

  const sendRest = async (
    transfer: Awaited<ReturnType<typeof begin>>,
    start: number,
    rest = data.subarray(start - 1),
  ) => {
    const { sender, path } = transfer;
    await sender?.send({ to: path, from: fromPath(0), data: rest, chunk: 300_000 });
  };

  const parts = async (): Promise<string[]> =>
    (await readdir(receiver.folder)).filter((name) => name.endsWith(".inlet-part"));

  const wholeFile = async (transfer: Awaited<ReturnType<typeof begin>>): Promise<void> => {
    await transfer.sender?.until(/Status: 000 200/);
    const item = await receiver.event("item");
    expect(item).toMatchObject({ verified: "yes", size: SIZE, sha1: createHash("sha1").update(data).digest("hex") });
    expect((await readFile(`${item.path}`)).equals(data)).toBe(true);
    expect(await parts()).toEqual([]);
  };

  it("a sender that knows ranges is asked for the rest only, whose octets count from 1 again", async () => {
    await breakOff();
    const again = await begin(offered("1-*", { name: "renamed.bin" }));
    expect(again.offer).toMatchObject({ files: [{ received: BROKE_AT }] });
    expect(again.range).toBe(`${BROKE_AT + 1}-${SIZE}`);
    await sendRest(again, BROKE_AT + 1);
    await wholeFile(again);
  });

  it("a sender that offers the rest is accepted with the same range", async () => {
    await breakOff();
    const again = await begin(offered(`${BROKE_AT + 1}-${SIZE}`));
    expect(again.range).toBe(`${BROKE_AT + 1}-${SIZE}`);
    await sendRest(again, BROKE_AT + 1);
    await wholeFile(again);
  });

  it("D12: a range that begins earlier overwrites from there", async () => {
    await breakOff();
    const again = await begin(offered(`1000001-${SIZE}`));
    expect(again.range).toBe(`1000001-${SIZE}`);
    await sendRest(again, 1_000_001);
    await wholeFile(again);
  });

  it("a sender that asks over MSRP how much is here, as clients of AG Projects do, sends the rest", async () => {
    await breakOff();
    const again = await begin(offered(undefined, { asksOffset: true }));
    expect(again.sdp).toContain("\r\na=x-file-offset\r\n");
    expect(again.range).toBeUndefined();
    const { sender, path } = again;
    const paths = `To-Path: ${path}\r\nFrom-Path: ${fromPath(0)}\r\n`;
    await sender?.write(Buffer.from(`MSRP offset01 FILE_OFFSET\r\n${paths}-------offset01$\r\n`));
    await sender?.until(/-------offset01\$/);
    const here = Number(/Offset: (\d+)/.exec(sender?.text ?? "")?.[1]);
    expect(here).toBe(BROKE_AT);
    for (let at = here; at < SIZE; at += 65_536) {
      const end = Math.min(at + 65_536, SIZE);
      const head = `MSRP rest${at} SEND\r\n${paths}Message-ID: rest\r\nByte-Range: ${at + 1}-${end}/${SIZE}\r\nSuccess-Report: yes\r\nFailure-Report: yes\r\nContent-Type: application/octet-stream\r\n\r\n`;
      const tail = `\r\n-------rest${at}${end === SIZE ? "$" : "+"}\r\n`;
      await sender?.write(Buffer.concat([Buffer.from(head), data.subarray(at, end), Buffer.from(tail)]));
    }
    await wholeFile(again);
  });

  it("a sender that states no range sends the file anew", async () => {
    await breakOff();
    const again = await begin(offered());
    expect(again.range).toBeUndefined();
    await sendRest(again, 1);
    await wholeFile(again);
  });

  it.each([
    [`${BROKE_AT + 2}-${SIZE}`, "octets between are missing"],
    ["5-4", "backwards"],
    ["0-*", "before the first octet"],
    [`1-${SIZE + 1}`, "beyond the size"],
    ["1-1000", "not to the end"],
  ])("D12: the range %s is refused (%s)", async (range) => {
    await breakOff();
    caller.invite(BOB, offerOf([offered(range)]));
    expect((await caller.response()).status).toBe(488);
    expect(await parts()).toHaveLength(1);
  });

  it("a rest of another file, or of one that cannot be recognised, is never put behind what is here", async () => {
    await breakOff();
    const range = `${BROKE_AT + 1}-${SIZE}`;
    caller.invite(BOB, offerOf([offered(range, { sha1: Array(20).fill("00").join(":") })]));
    expect((await caller.response()).status).toBe(488);
    caller.invite(BOB, offerOf([offered(range)]).replace(/ hash:\S+/, ""));
    expect((await caller.response()).status).toBe(488);
  });

  it("a rest that does not belong there fails by the hash, and nothing of the file stays", async () => {
    await breakOff();
    const again = await begin(offered("1-*"));
    await sendRest(again, BROKE_AT + 1, randomBytes(SIZE - BROKE_AT));
    expect(await ended(again.offer)).toMatchObject({
      outcome: "failed",
      reason: { code: "INLET_TRANSFER_HASH_MISMATCH" },
    });
    expect(again.sender?.text).not.toMatch(/Status: 000 200/);
    expect(await readdir(receiver.folder)).toEqual([]);
  });

  it("a sender that is asked for the rest and sends the whole all the same is understood", async () => {
    await breakOff();
    const again = await begin(offered("1-*"));
    expect(again.range).toBe(`${BROKE_AT + 1}-${SIZE}`);
    await sendRest(again, 1);
    await wholeFile(again);
  });

  it("M7: what came before a sender's # is kept, and gone on with by a range only", async () => {
    const first = await begin(offered());
    await sendSome(first, BROKE_AT);
    await first.sender?.write(Buffer.from("\r\n-------half0001#\r\n"));
    await ended(first.offer);
    const again = await begin(offered("1-*"));
    expect(again.range).toBe(`${BROKE_AT + 1}-${SIZE}`);
    await sendRest(again, BROKE_AT + 1);
    await wholeFile(again);
  });

  it("two offers of one file at once: one goes on with what is here, the other begins anew", async () => {
    await breakOff();
    caller.invite(BOB, offerOf([offered("1-*"), offered("1-*", { name: "second.bin" })]));
    expect((await caller.response()).status).toBe(180);
    const offer = await offerEvent();
    await receiver.command("offers.decide", { offer: offer.id, accept: [0, 1] });
    const { body } = await caller.response();
    caller.ack();
    expect([...body.matchAll(/^a=file-range:(\S+)\r$/gm)].map((match) => match[1])).toEqual([
      `${BROKE_AT + 1}-${SIZE}`,
      "1-*",
    ]);
    for (const [index, path = ""] of answerPaths(body).entries()) {
      const sender = await RawMsrp.open(path);
      open.push(sender);
      const rest = data.subarray(index === 0 ? BROKE_AT : 0);
      await sender.send({ to: path, from: fromPath(index), data: rest, chunk: 300_000 });
      await sender.until(/Status: 000 200/);
    }
    expect((await readdir(receiver.folder)).sort()).toEqual(["big.bin", "second.bin"]);
  });

  it("a transfer that the person cancelled is not kept", async () => {
    const first = await begin(offered());
    await sendSome(first, BROKE_AT);
    await receiver.event("transfer");
    await receiver.command("transfers.cancel", { offer: first.offer.id, index: 0 });
    await ended(first.offer);
    expect(await parts()).toEqual([]);
  });

  it("C1: killed in the middle, the agent goes on after its restart", async () => {
    const first = await begin(offered());
    let sent = BROKE_AT;
    await sendSome(first, sent);
    // Progress is told at intervals, not for the last octet that came.
    while (!receiver.lines.some(({ event, received }) => event === "transfer" && Number(received) >= BROKE_AT)) {
      await first.sender?.write(data.subarray(sent, ++sent));
      await receiver.command("offers.list");
    }
    const again = await afterRestart("SIGKILL");
    const start = Number(again.range?.split("-")[0]);
    expect(start).toBeGreaterThanOrEqual(1024 * 1024 + 1);
    await sendRest(again, start);
    await wholeFile(again);
  });

  it("C7: stopped in the middle, it keeps all that came, and goes on after its restart", async () => {
    const first = await begin(offered());
    await sendSome(first, BROKE_AT);
    await receiver.event("transfer");
    const again = await afterRestart("SIGTERM");
    const start = Number(again.range?.split("-")[0]);
    expect(start).toBeGreaterThan(1);
    await sendRest(again, start);
    await wholeFile(again);
  });

  it.each([
    ["altered", (path: string) => writeFile(path, randomBytes(BROKE_AT))],
    ["cut short", (path: string) => truncate(path, 1000)],
  ])("a part that was %s while the agent was off is found out, and the file is asked for anew", async (_, harm) => {
    await breakOff();
    await receiver.stop();
    await harm(join(receiver.folder, (await parts())[0] ?? ""));
    const again = await afterRestart();
    expect(again.range).toBe("1-*");
    await sendRest(again, 1);
    await wholeFile(again);
  });

  it("F15: a file that is here already is said to be, and can be accepted all the same", async () => {
    const first = await begin(offered());
    await sendRest(first, 1);
    await wholeFile(first);
    const item = await receiver.event("item");
    const again = await begin(offered(undefined, { name: "copy.bin" }));
    expect(again.offer).toMatchObject({ files: [{ alreadyHave: item.id }] });
    await sendRest(again, 1);
    await again.sender?.until(/Status: 000 200/);
    expect((await readdir(receiver.folder)).sort()).toEqual(["big.bin", "copy.bin"]);
  });

  it("F14: a file larger than the disk is said to be, and accepting it answers 480 before any octet", async () => {
    const again = await begin(offered(undefined, { size: 8_000_000_000_000_000 }));
    expect(again.offer).toMatchObject({ files: [{ free: expect.any(Number) }] });
    expect(again.status).toBe(480);
    expect(await ended(again.offer)).toMatchObject({ outcome: "failed", reason: { code: "INLET_DISK_FULL" } });
    expect(await readdir(receiver.folder)).toEqual([]);
  });

  const afterRestart = async (signal?: "SIGKILL" | "SIGTERM") => {
    if (signal !== undefined) receiver.child.kill(signal);
    await receiver.stop();
    receiver = await ReceiveProcess.start(core.port, [], receiver.home);
    offers = 0;
    await receiver.registered();
    caller.close();
    caller = await RawCaller.open(core.port);
    return begin(offered("1-*"));
  };
});
