/** K1: an agent with few file descriptors: accepted files leave enough for their senders to connect, and for everything else. */
import { randomBytes } from "node:crypto";
import { header, RawCore } from "@inlet/agent-core/testing";
import { expect, it, onTestFinished } from "vitest";
import { answerPaths, fromPath, offerOf } from "./offers.ts";
import { RawMsrp } from "./raw-msrp.ts";
import { ReceiveProcess } from "./receive-process.ts";

const DESCRIPTORS = 100;
const LINES = 8;
const OFFERS = 10;

// Windows has no such limit.
it.runIf(process.platform !== "win32")(
  "K1, descriptorReserve: more files are accepted than there are file descriptors for: those beyond are refused in words, the others come",
  async () => {
    const core = await RawCore.listen();
    onTestFinished(() => core[Symbol.asyncDispose]());
    const command = ["sh", "-c", `ulimit -n ${DESCRIPTORS}; exec "$0" "$@"`];
    const receiver = await ReceiveProcess.start(core.port, ["--accept", "all"], undefined, { command });
    onTestFinished(() => receiver.remove());
    await core.register();
    await receiver.registered();

    const data = randomBytes(50_000);
    const answers: string[] = [];
    for (let n = 0; n < OFFERS; n++) {
      const files = Array.from({ length: LINES }, (_, line) => ({ name: `${n}-${line}`, type: "a/b", data }));
      const lines = [`Call-ID: many${n}`, "Content-Type: application/sdp"];
      core.request("INVITE", "sip:bob@example.net", lines, offerOf(files));
      const answer = await core.next(new RegExp(`^SIP/2\\.0 [2-6](?=[^]*\nCall-ID: many${n}\r)`));
      const same = [`Call-ID: many${n}`, `To: ${header(answer, "To")}`, "CSeq: 1 ACK"];
      core.request("ACK", "sip:bob@example.net", same);
      answers.push(answer);
    }
    const [first = "", last = ""] = [answers[0], answers.at(-1)];
    expect(last).toMatch(/^SIP\/2\.0 480/);
    const refused = await receiver.event("offerEnded");
    expect(refused).toMatchObject({ outcome: "failed", reason: { code: "INLET_TOO_MANY_TRANSFERS" } });

    const paths = answers.flatMap((answer) => answerPaths(answer.slice(answer.indexOf("\r\n\r\n"))));
    const accepted = paths.filter((path) => path !== undefined);
    expect(accepted.length).toBeGreaterThan(LINES);
    expect(accepted.length).toBeLessThan(DESCRIPTORS / 2);
    // Each over a connection of its own, all of them open at once.
    const senders = await Promise.all(accepted.map((path) => RawMsrp.open(path)));
    onTestFinished(() => {
      for (const sender of senders) sender.close();
    });
    await Promise.all(
      senders.map(async (sender, n) => {
        await sender.send({ to: accepted[n] ?? "", from: fromPath(n % LINES), data, chunk: data.length });
        await sender.until(/Status: 000 200/);
      }),
    );
    core.request("BYE", "sip:bob@example.net", ["Call-ID: many0", `To: ${header(first, "To")}`, "CSeq: 2 BYE"]);
    await receiver.line((line) => line.event === "offerEnded" && line.outcome === "completed");
    core.request(
      "INVITE",
      "sip:bob@example.net",
      ["Call-ID: later", "Content-Type: application/sdp"],
      offerOf([{ name: "later", type: "a/b", data }]),
    );
    await core.next(/^SIP\/2\.0 200(?=[\s\S]*\nCall-ID: later\r)/);
  },
);
