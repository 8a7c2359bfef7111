/** The Push Sender Agent through a real Kamailio to `inlet receive`: files confirmed, rejected, withdrawn, and messages. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@inlet/agent-core/kernel";
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
      method: "auto",
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

  it("sends text as a message, and says when nobody is there", async () => {
    const text = files.slice(0, 1);
    expect(await send({ method: "message", files: text })).toEqual(["confirmed"]);
    expect((await receiver.event("item")).text).toBe("a note\n");
    expect(await send({ to: "sip:nobody@example.net", files: text })).toEqual(["failed INLET_SEND_UNAVAILABLE"]);
  });
});
