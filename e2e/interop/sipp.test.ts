/** sipp as the caller, through Kamailio, over UDP and TCP: many offers at once. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasKamailio, type Kamailio, startKamailio } from "./kamailio.ts";
import { ReceiveProcess } from "./receive-process.ts";

const SIPP = "/usr/bin/sipp";
const possible = hasKamailio && existsSync(SIPP);
if (!possible) console.log("left out: sipp as caller (packages kamailio and sip-tester are not installed)");

/** Runs a scenario; resolves with the exit code and what sipp said last. */
async function sipp(
  scenario: string,
  core: number,
  transport: "u1" | "t1",
  calls: number,
): Promise<{ code: number | null; text: string }> {
  const file = fileURLToPath(new URL(`sipp/${scenario}.xml`, import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), "inlet-sipp-"));
  const limits = ["-m", `${calls}`, "-l", "50", "-r", "100", "-timeout", "30s", "-recv_timeout", "10000"];
  const args = [`127.0.0.1:${core}`, "-i", "127.0.0.1", "-t", transport, "-sf", file, ...limits, "-nostdin"];
  const child = spawn(SIPP, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      text = (text + data.toString()).slice(-4000);
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));
  await rm(folder, { recursive: true, force: true });
  return { code, text };
}

describe.skipIf(!possible)("offers from sipp", () => {
  let core: Kamailio;
  beforeAll(async () => {
    core = await startKamailio();
  });
  afterAll(() => core.stop());

  it.each(["u1", "t1"] as const)(
    "200 offers over %s are accepted, answered and released, one end each",
    async (transport) => {
      const receiver = await ReceiveProcess.start(core.port, ["--accept", "all"]);
      await receiver.registered();
      const { code, text } = await sipp("offer-accepted", core.port, transport, 200);
      expect(code, text).toBe(0);
      await receiver.line(() => receiver.lines.filter((line) => line.event === "offerEnded").length === 200);
      const ended = receiver.lines.filter((line) => line.event === "offerEnded");
      expect(new Set(ended.map((line) => line.id)).size).toBe(200);
      expect(ended.every((line) => line.outcome === "failed")).toBe(true);
      expect(await readdir(receiver.folder)).toEqual([]);
      expect(await receiver.stop()).toBe(0);
      await receiver.remove();
    },
  );

  it.each(["u1", "t1"] as const)("50 offers over %s that take every liberty are understood", async (transport) => {
    const receiver = await ReceiveProcess.start(core.port, ["--accept", "all"]);
    await receiver.registered();
    const { code, text } = await sipp("offer-with-liberties", core.port, transport, 50);
    expect(code, text).toBe(0);
    await receiver.line(() => receiver.lines.filter((line) => line.event === "offerEnded").length === 50);
    const offer = receiver.lines.find((line) => line.event === "offer");
    expect(offer).toMatchObject({
      from: { uri: "sip:sipp@example.net", name: 'si\\pp "q" , <x>' },
      subject: "Liberties of all kinds",
      files: [
        { name: "audio", unacceptable: {} },
        { name: "message", unacceptable: {} },
        { name: expect.stringMatching(/^café "\d+"\.txt$/), size: 11, type: 'text/plain;charset="utf-8"' },
      ],
    });
    expect(await receiver.stop()).toBe(0);
    await receiver.remove();
  });

  it("100 offers are refused with 603", async () => {
    const receiver = await ReceiveProcess.start(core.port, ["--accept", "none"]);
    await receiver.registered();
    const { code, text } = await sipp("offer-refused", core.port, "u1", 100);
    expect(code, text).toBe(0);
    await receiver.line(() => receiver.lines.filter((line) => line.event === "offerEnded").length === 100);
    expect(
      receiver.lines.filter((line) => line.event === "offerEnded").every((line) => line.outcome === "rejected"),
    ).toBe(true);
    expect(await receiver.stop()).toBe(0);
    await receiver.remove();
  });
});
