/** Sender and receiver as terminals of one IMS, with a proxy and a registrar of Kamailio between them. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "@inlet/agent-core/kernel";
import { type SendFilesOptions, sendFiles } from "@inlet/provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasKamailio, type Kamailio } from "./kamailio.ts";
import { startIms } from "./kamailio-ims.ts";
import { ReceiveProcess } from "./receive-process.ts";

if (!hasKamailio) console.log("left out: an IMS of Kamailios (package kamailio is not installed)");

describe.skipIf(!hasKamailio)("an IMS", () => {
  let core: Kamailio;
  let receiver: ReceiveProcess;
  let folder: string;
  const content = randomBytes(300_000);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "inlet-ims-"));
    await writeFile(join(folder, "data.bin"), content);
    await writeFile(join(folder, "note.txt"), "a note\n");
    core = await startIms({ bob: "secret", anna: "secret" });
    receiver = await ReceiveProcess.start(core.port, ["--ims", "IEEE-802.3"]);
    await receiver.registered();
  });
  afterAll(async () => {
    expect(await receiver?.stop()).toBe(0);
    await receiver?.remove();
    await core?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const options = (file: string): SendFilesOptions => ({
    aor: "sip:anna@example.net",
    registrar: `sip:127.0.0.1:${core.port};transport=tcp`,
    password: "secret",
    ims: { accessNetwork: "IEEE-802.11" },
    to: "sip:bob@example.net",
    method: "msrp",
    files: [join(folder, file)],
    log: silentLog,
  });
  const send = async (file: string, more: Partial<SendFilesOptions> = {}): Promise<string[]> => {
    const { results } = await sendFiles({ ...options(file), ...more });
    return results.map(({ outcome, reason }) => (reason === undefined ? outcome : `${outcome} ${reason.text}`));
  };

  it("S1-28, S1-49: carries a file between two terminals, by path and service route, from whom it says", async () => {
    const sending = send("data.bin");
    const offer = await receiver.event("offer");
    expect(offer.from).toMatchObject({ uri: "sip:anna@example.net", asserted: "sip:anna@example.net" });
    await receiver.command("offers.decide", { offer: offer.id, accept: [0] });
    expect(await sending).toEqual(["confirmed"]);
    const item = await receiver.event("item");
    expect((await readFile(`${item.path}`)).equals(content)).toBe(true);
    expect((await receiver.event("offerEnded")).outcome).toBe("completed");
  });

  it("S1-51: carries the sender's CANCEL", async () => {
    const cancel = new AbortController();
    const sending = send("data.bin", { signal: cancel.signal });
    const first = (await receiver.event("offer")).id;
    const offer = await receiver.event("offer", ({ id }) => id !== first);
    cancel.abort();
    expect(await sending).toEqual(["failed You cancelled the transfer."]);
    const ended = await receiver.event("offerEnded", ({ id }) => id === offer.id);
    expect(ended).toMatchObject({ outcome: "cancelled", reason: { code: "INLET_OFFER_WITHDRAWN" } });
  });

  it("carries a message, and refuses who does not speak as a terminal", async () => {
    expect(await send("note.txt", { method: "message" })).toEqual(["confirmed"]);
    expect((await receiver.event("item", ({ kind }) => kind === "message")).text).toBe("a note\n");
    const { ims: _, ...plain } = options("note.txt");
    const { results } = await sendFiles({ ...plain, method: "message" });
    expect(results[0]?.reason?.text).toContain("403 No service route");
  });
});
