/** What is malformed is told with a code, and the process lives: on SIP from the core, and on MSRP from anybody. */
import { connect } from "node:net";
import { RawCore } from "@inlet/agent-core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerPaths, fromPath, offerOf } from "./offers.ts";
import { RawMsrp } from "./raw-msrp.ts";
import { ReceiveProcess } from "./receive-process.ts";

const need = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error("missing");
  return value;
};

describe("malformed input", () => {
  let core: RawCore;
  let receiver: ReceiveProcess;
  let offers = 0;

  beforeAll(async () => {
    core = await RawCore.listen();
    receiver = await ReceiveProcess.start(core.port, ["--accept", "all"]);
    await core.register();
    await receiver.registered();
  });
  afterAll(async () => {
    await receiver.remove();
    await core[Symbol.asyncDispose]();
  });

  const told = (code: string) => receiver.event("error", (line) => line.code === code);

  async function offered(data: Buffer): Promise<string> {
    const id = `offer-${++offers}`;
    const body = offerOf([{ name: "a.bin", type: "application/octet-stream", data }]);
    core.request("INVITE", "sip:bob@example.net", [`Call-ID: ${id}`, "Content-Type: application/sdp"], body);
    // An answer without ACK is repeated: only the one to this call counts.
    const answer = await core.next(new RegExp(`^SIP/2\\.0 200 [\\s\\S]*^Call-ID: ${id}\\r`, "m"));
    return need(answerPaths(answer.slice(answer.indexOf("\r\n\r\n")))[0]);
  }

  /** The universal oracle: after each case an offer is still accepted, received and told. */
  async function serves(): Promise<void> {
    const data = Buffer.from(`still here ${receiver.lines.length}`);
    const path = await offered(data);
    const before = receiver.lines.filter((line) => line.event === "item").length;
    const sender = await RawMsrp.open(path);
    await sender.send({ to: path, from: fromPath(0), data, chunk: 1000 });
    await sender.until(/Status: 000 200/);
    sender.close();
    await receiver.line(() => receiver.lines.filter((line) => line.event === "item").length > before);
  }

  it("a SIP message that makes no sense", async () => {
    core.request("MESSAGE", "sip:bob@example.net", ["CSeq: x MESSAGE"]);
    expect(await core.next("SIP/2.0")).toMatch(/^SIP\/2\.0 400/);
    expect((await told("INLET_SIP_SYNTAX")).text).toContain("CSeq");
    await serves();
  });

  it("an offer that makes no sense", async () => {
    core.request("INVITE", "sip:bob@example.net", ["Content-Type: application/sdp"], "v=0\r\nnonsense");
    expect(await core.next(/^SIP\/2\.0 4/)).toMatch(/^SIP\/2\.0 488[\s\S]*^Warning: 399 /m);
    await told("INLET_SDP_INVALID");
    await serves();
  });

  it.each([
    ["M10: HTTP on the MSRP port", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
    ["M11: a header without colon", "MSRP abcd1234 SEND\r\nTo-Path\r\n\r\n"],
    ["M11: a header that never ends", `MSRP abcd1234 SEND\r\nTo-Path: ${"x".repeat(20_000)}`],
  ])("%s closes that connection without a word", async (_, bytes) => {
    const path = await offered(Buffer.from("x"));
    const { port, hostname } = new URL(path.replace(/^msrp/, "http").replace(/;tcp$/, ""));
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.on("data", (data) => {
      answer += data.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.write(bytes, "latin1");
    await new Promise<void>((resolve) => socket.once("close", () => resolve()));
    expect(answer).toBe("");
    await serves();
  });

  it("a session nobody knows is 481", async () => {
    const path = await offered(Buffer.from("x"));
    const sender = await RawMsrp.open(path);
    const wrong = path.replace(/\/[^/]+;tcp$/, "/unknown;tcp");
    await sender.send({ to: wrong, from: fromPath(0), data: Buffer.from("x"), chunk: 10 });
    await sender.until(/^MSRP \S+ 481/m);
    sender.close();
    await serves();
  });

  it("an empty file arrives", async () => {
    const path = await offered(Buffer.alloc(0));
    const sender = await RawMsrp.open(path);
    await sender.write(
      Buffer.from(
        `MSRP empty001 SEND\r\nTo-Path: ${path}\r\nFrom-Path: ${fromPath(0)}\r\nMessage-ID: e\r\nByte-Range: 1-0/0\r\nSuccess-Report: yes\r\nContent-Type: application/octet-stream\r\n\r\n\r\n-------empty001$\r\n`,
      ),
    );
    await sender.until(/Status: 000 200/);
    sender.close();
    expect(await receiver.event("item", (line) => line.size === 0)).toMatchObject({ verified: "yes" });
  });

  it("commands that make no sense", async () => {
    receiver.child.stdin?.write(
      'nonsense\n{"id":"a","command":"items.list","params":{"limit":-1}}\n{"id":"b","command":"no.such"}\n',
    );
    expect(await receiver.line((line) => line.id === null)).toMatchObject({ error: { code: "INLET_COMMAND_INVALID" } });
    expect(await receiver.line((line) => line.id === "a")).toMatchObject({ error: { code: "INLET_COMMAND_INVALID" } });
    expect(await receiver.line((line) => line.id === "b")).toMatchObject({ error: { code: "INLET_COMMAND_UNKNOWN" } });
    await serves();
  });
});
