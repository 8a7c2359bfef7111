/** The Push Sender Agent through a real Kamailio to `inlet receive`: files confirmed, rejected, withdrawn, and messages. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, silentLog } from "@inlet/agent-core/kernel";
import { type SendFilesOptions, sendFiles } from "@inlet/provider";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hasKamailio, type Kamailio, startKamailio } from "./kamailio.ts";
import { ReceiveProcess } from "./receive-process.ts";

if (!hasKamailio) console.log("left out: sending through Kamailio (package kamailio is not installed)");

describe.skipIf(!hasKamailio)("sending through Kamailio", () => {
  let core: Kamailio;
  let receiver: ReceiveProcess;
  let folder: string;
  let files: string[];
  const contents = [Buffer.from("a note\n"), randomBytes(2 * 1024 * 1024), randomBytes(100)];

  beforeAll(async () => {
    core = await startKamailio({ digest: "MD5", users: { bob: "secret" } });
    folder = await mkdtemp(join(tmpdir(), "inlet-send-"));
    files = ["note.txt", "data.bin", "more.bin"].map((name) => join(folder, name));
    for (const [index, file] of files.entries()) await writeFile(file, contents[index] ?? "");
  });
  afterAll(async () => {
    await core.stop();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    receiver = await ReceiveProcess.start(core.port);
    await receiver.registered();
  });
  afterEach(async () => {
    expect(await receiver.stop()).toBe(0);
    await receiver.remove();
  });

  const send = async (options: Partial<SendFilesOptions> = {}): Promise<string[]> => {
    const { results } = await sendFiles({
      aor: "sip:anna@example.net",
      registrar: `sip:127.0.0.1:${core.port};transport=tcp`,
      to: "sip:bob@example.net",
      method: "msrp",
      files,
      log: silentLog,
      ...options,
    });
    return results.map(({ outcome, reason }) => (reason === undefined ? outcome : `${outcome} ${reason.code}`));
  };

  it("confirms the accepted files, whose bytes are the same, and reports the rejected one", async () => {
    const sending = send();
    const offer = await receiver.event("offer");
    await receiver.command("offers.decide", { offer: offer.id, accept: [0, 1] });
    expect(await sending).toEqual(["confirmed", "confirmed", "rejected INLET_SEND_REJECTED"]);
    for (const index of [0, 1]) {
      const item = await receiver.event("item", (event) => event.index === index);
      expect(item.verified).toBe("yes");
      expect((await readFile(item.path as string)).equals(contents[index] ?? Buffer.alloc(0))).toBe(true);
    }
    expect((await receiver.event("offerEnded")).outcome).toBe("completed");
  });

  it("reports that all were rejected", async () => {
    const sending = send();
    const offer = await receiver.event("offer");
    await receiver.command("offers.decide", { offer: offer.id, accept: [] });
    expect(await sending).toEqual(Array(3).fill("rejected INLET_SEND_REJECTED"));
  });

  it("withdraws an offer by CANCEL", async () => {
    const cancel = new AbortController();
    const sending = send({ signal: cancel.signal });
    await receiver.event("offer");
    cancel.abort();
    expect(await sending).toEqual(Array(3).fill("failed INLET_TRANSFER_CANCELLED"));
    expect((await receiver.event("offerEnded")).outcome).toBe("cancelled");
  });

  it("a receiver killed in the middle and started again gets the rest of the file, not all of it", async () => {
    await receiver.stop();
    const { home } = receiver;
    const all = ["--accept", "all"];
    receiver = await ReceiveProcess.start(core.port, all, home);
    await receiver.registered();
    const large = join(folder, "large.bin");
    const bytes = randomBytes(200_000_000);
    await writeFile(large, bytes);
    const clock = new ManualClock();
    const broke = Promise.withResolvers<readonly string[]>();
    const progress: number[] = [];
    const sending = send({
      files: [large],
      clock,
      onRetry: broke.resolve,
      onProgress: (_, octets) => progress.push(octets),
    });
    await receiver.event("transfer", ({ received }) => Number(received) > 4 * 1024 * 1024);
    receiver.child.kill("SIGKILL");
    expect(await broke.promise).toEqual([large]);
    await receiver.stop();
    receiver = await ReceiveProcess.start(core.port, all, home);
    await receiver.registered();
    progress.length = 0;
    clock.advance(2_000);
    const [file] = (await receiver.event("offer")).files as { received?: number }[];
    expect(file?.received).toBeGreaterThanOrEqual(1024 * 1024);
    expect(await sending).toEqual(["confirmed"]);
    expect(progress[0]).toBeGreaterThan(file?.received ?? 0);
    const item = await receiver.event("item");
    expect(item).toMatchObject({ verified: "yes", size: bytes.length });
    expect((await readFile(item.path as string)).equals(bytes)).toBe(true);
    expect((await readdir(receiver.folder)).filter((name) => name.endsWith(".inlet-part"))).toEqual([]);
  });

  it("sends text as a message, and says when nobody is there", async () => {
    const text = files.slice(0, 1);
    expect(await send({ method: "message", files: text })).toEqual(["confirmed"]);
    expect((await receiver.event("item")).text).toBe("a note\n");
    expect(await send({ to: "sip:nobody@example.net", files: text })).toEqual(["failed INLET_SEND_UNAVAILABLE"]);
  });
});
