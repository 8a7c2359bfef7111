/**
 * The Push Sender Agent against a receiver written by hand (seed 001 A.6, §6.5.2): what it says, in which order, and what it
 * does with what the receiver says. The receiver is two sockets that know no Inlet.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { LIMITS, ManualClock, millis, silentLog } from "@inlet/agent-core/kernel";
import { header, headers, RawCore } from "@inlet/agent-core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SendFilesOptions, sendFiles } from "./send-files.ts";
import { TemporaryFolder } from "./testing.ts";

const BOB = "sip:bob@example.net";
const ONE_CHUNK = 256 * 1024;

let folder: TemporaryFolder;
let core: RawCore;
let msrp: Server;
let socket: Promise<Socket>;
let heard: string;
let wake: (() => void) | undefined;
/** Every message in the order in which the receiver's sockets saw or said it. */
let flow: string[];
let file: string;

beforeEach(async () => {
  folder = new TemporaryFolder();
  file = join(folder.path, "picture.jpg");
  writeFileSync(file, randomBytes(ONE_CHUNK + 4096));
  core = await RawCore.listen();
  flow = [];
  heard = "";
  msrp = createServer();
  socket = new Promise((resolve) => {
    msrp.once("connection", (one) => {
      one.setEncoding("latin1");
      one.on("error", () => undefined);
      one.on("data", (data: string) => {
        heard += data;
        wake?.();
      });
      resolve(one);
    });
  });
  msrp.listen(0, "127.0.0.1");
  await once(msrp, "listening");
});
afterEach(async () => {
  await core[Symbol.asyncDispose]();
  msrp.close();
  folder[Symbol.dispose]();
});

const send = (options: Partial<SendFilesOptions> = {}): ReturnType<typeof sendFiles> =>
  sendFiles({
    aor: "sip:ann@example.net",
    registrar: core.uri,
    password: "secret",
    to: BOB,
    method: "msrp",
    files: [file],
    log: silentLog,
    ...options,
  });

const path = (): string => `msrp://127.0.0.1:${(msrp.address() as AddressInfo).port}/9di4ea;tcp`;

const next = async (method: string): Promise<string> => {
  const message = await core.next(method);
  flow.push(method);
  return message;
};

function respond(request: string, status: string, extra: readonly string[] = [], body = ""): void {
  flow.push(status);
  core.respond(request, status, extra, body);
}

/** Where requests of the dialog go: not where the INVITE went. */
const contact = (): string => `<sip:bob-session@127.0.0.1:${core.port};transport=tcp>`;

function accept(invite: string, more: readonly string[] = [], direction = "recvonly"): void {
  const selector = /^a=file-selector:.*\r$/m.exec(invite)?.[0].trim();
  const id = /^a=file-transfer-id:.*\r$/m.exec(invite)?.[0].trim();
  const { port } = msrp.address() as AddressInfo;
  const sdp = ["v=0", "o=bob 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
  sdp.push(
    `m=message ${port} TCP/MSRP *`,
    `a=${direction}`,
    "a=accept-types:*",
    `a=path:${path()}`,
    `${selector}`,
    `${id}`,
    "",
  );
  respond(
    invite,
    "200 OK",
    [`Contact: ${contact()}`, "Allow: INVITE, ACK, BYE, CANCEL", "Content-Type: application/sdp", ...more],
    sdp.join("\r\n"),
  );
}

const until = async (count: number): Promise<string[]> => {
  for (;;) {
    const ends = [...heard.matchAll(/-------(\S+)[$+#]\r\n/g)].map(([, id]) => id ?? "");
    if (ends.length >= count) return ends;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
};

const field = (name: string, at = 0): string =>
  [...heard.matchAll(new RegExp(`^${name}: (.*)\\r$`, "gm"))][at]?.[1] ?? "";

/**
 * The sender opens its connection with a SEND without content, which the receiver may answer for (RFC 4975 §5.4); A.6 leaves it
 * out. Resolves with the ids of so many chunks with content.
 */
async function chunks(count: number): Promise<readonly string[]> {
  const [opening = "", ...ids] = await until(count + 1);
  expect(heard).toMatch(
    new RegExp(`^MSRP ${opening} SEND\\r\\nTo-Path: .*\\r\\nFrom-Path: .*\\r\\nMessage-ID: .*\\r\\n-------`),
  );
  heard = heard.slice(heard.indexOf(`-------${opening}`));
  await answerChunks([opening], false);
  return ids;
}

async function answerChunks(ids: readonly string[], recorded = true): Promise<void> {
  const peer = await socket;
  const paths = `To-Path: ${field("From-Path")}\r\nFrom-Path: ${path()}\r\n`;
  for (const id of ids) {
    if (recorded) flow.push("200 OK");
    peer.write(`MSRP ${id} 200 OK\r\n${paths}-------${id}$\r\n`);
  }
}

async function report(): Promise<void> {
  const peer = await socket;
  const total = field("Byte-Range").split("/")[1];
  flow.push("REPORT");
  peer.write(
    `MSRP dkei38sd REPORT\r\nTo-Path: ${field("From-Path")}\r\nFrom-Path: ${path()}\r\nMessage-ID: ${field("Message-ID")}\r\n` +
      `Byte-Range: 1-${total}/${total}\r\nStatus: 000 200 OK\r\n-------dkei38sd$\r\n`,
  );
}

describe("the sender's half of the flow", () => {
  it("is that of A.6, message by message; the second chunk waits for no answer", async () => {
    const sending = send();
    const invite = await next("INVITE");
    accept(invite);
    const ack = await next("ACK");
    const ids = await chunks(2);
    flow.push("SEND", "SEND");
    const size = ONE_CHUNK + 4096;
    expect([field("Byte-Range"), field("Byte-Range", 1)]).toEqual([`1-*/${size}`, `${ONE_CHUNK + 1}-*/${size}`]);
    expect(field("Success-Report")).toBe("yes");
    expect(field("Content-Disposition")).toBe("attachment");
    await answerChunks(ids);
    await report();
    const bye = await next("BYE");
    const closed = once(await socket, "close");
    respond(bye, "200 OK");
    expect((await sending).results).toMatchObject([{ outcome: "confirmed" }]);
    // S1-57: the user plane is released.
    (await socket).resume();
    await closed;
    expect(flow).toEqual(["INVITE", "200 OK", "ACK", "SEND", "SEND", "200 OK", "200 OK", "REPORT", "BYE", "200 OK"]);
    // S1-38: the receiver's address; S1-45, S1-53: from then on the Session Identity.
    expect(invite.split(" ", 2)[1]).toBe(BOB);
    const session = contact().slice(1, -1);
    expect([ack, bye].map((request) => request.split(" ", 2)[1])).toEqual([session, session]);
  });

  it("S1-37: an interval that is too short for the receiver is asked for again", async () => {
    const sending = send();
    const first = await core.next("INVITE");
    core.respond(first, "422 Session Interval Too Small", ["Min-SE: 3600"]);
    const second = await core.next("INVITE");
    expect(header(second, "Call-ID")).toBe(header(first, "Call-ID"));
    expect(header(second, "CSeq")).toBe("2 INVITE");
    expect(header(second, "Session-Expires")).toMatch(/^3600\s*;\s*refresher=uac$/);
    expect(header(second, "Min-SE")).toBe("3600");
    core.respond(second, "603 Decline");
    expect((await sending).results).toMatchObject([{ outcome: "rejected" }]);
  });

  it("S1-43: a core that asks who it is gets the answer, and the same offer", async () => {
    const sending = send();
    const first = await core.next("INVITE");
    core.respond(first, "407 Proxy Authentication Required", [
      'Proxy-Authenticate: Digest realm="example.net", nonce="n1", qop="auth", algorithm=SHA-256',
    ]);
    const second = await core.next("INVITE");
    expect(header(second, "Proxy-Authorization")).toMatch(/username="ann".*nonce="n1"/);
    expect(second.split("\r\n\r\n")[1]).toBe(first.split("\r\n\r\n")[1]);
    core.respond(second, "480 Temporarily Unavailable");
    expect((await sending).results).toMatchObject([{ reason: { code: "INLET_SEND_UNAVAILABLE" } }]);
  });

  it("S1-44, S1-46: the session is kept alive by what the receiver allows, at half of what it granted", async () => {
    const clock = new ManualClock();
    const answered = Promise.withResolvers<void>();
    const sending = send({ clock, onProgress: (_, octets, size) => octets === size && answered.resolve() });
    const invite = await core.next("INVITE");
    accept(invite, ["Require: timer", "Session-Expires: 90;refresher=uac"]);
    await core.next("ACK");
    await answerChunks(await chunks(2));
    await answered.promise;
    clock.advance(45_000);
    const refresh = await core.next("INVITE");
    expect(refresh.split(" ", 2)[1]).toBe(contact().slice(1, -1));
    expect(header(refresh, "Session-Expires")).toMatch(/^90\s*;\s*refresher=uac$/);
    const line = (text: string): string | undefined => /^o=.*$/m.exec(text)?.[0];
    expect(line(refresh)).toBe(line(invite));
    accept(refresh, ["Require: timer", "Session-Expires: 90;refresher=uac"]);
    await core.next("ACK");
    await report();
    core.respond(await core.next("BYE"), "200 OK");
    expect((await sending).results).toMatchObject([{ outcome: "confirmed" }]);
  });

  it("S1-50: an offer that is no longer wanted is cancelled, and its 487 acknowledged", async () => {
    const cancel = new AbortController();
    const sending = send({ signal: cancel.signal });
    const invite = await core.next("INVITE");
    core.respond(invite, "180 Ringing", [`Contact: ${contact()}`]);
    await new Promise((resolve) => setImmediate(resolve));
    cancel.abort();
    const cancelled = await core.next("CANCEL");
    expect(cancelled.split(" ", 2)[1]).toBe(BOB);
    expect(headers(cancelled, "Via")[0]).toBe(headers(invite, "Via")[0]);
    core.respond(cancelled, "200 OK");
    core.respond(invite, "487 Request Terminated");
    await core.next("ACK");
    expect((await sending).results).toMatchObject([{ reason: { code: "INLET_TRANSFER_CANCELLED" } }]);
  });

  it("sendDecision: an offer that rings for ever is withdrawn", async () => {
    const clock = new ManualClock();
    const sending = send({ clock });
    const invite = await core.next("INVITE");
    // Its transaction waits no longer once it rings.
    const { pending } = clock;
    core.respond(invite, "180 Ringing", [`Contact: ${contact()}`]);
    while (clock.pending === pending) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(millis(LIMITS.sendDecision));
    core.respond(await core.next("CANCEL"), "200 OK");
    core.respond(invite, "487 Request Terminated");
    await core.next("ACK");
    expect((await sending).results).toMatchObject([{ outcome: "failed", reason: { code: "INLET_SEND_UNANSWERED" } }]);
  });

  it("nothing is sent to a line that is answered inactive (RFC 3264 §6.1)", async () => {
    const sending = send();
    accept(await core.next("INVITE"), [], "inactive");
    await core.next("ACK");
    core.respond(await core.next("BYE"), "200 OK");
    expect((await sending).results).toMatchObject([{ outcome: "rejected", reason: { code: "INLET_SEND_REJECTED" } }]);
    expect(heard).toBe("");
  });

  it("a receiver that reports each chunk by itself, as Blink does, has confirmed the file when all of it is reported", async () => {
    const sending = send();
    accept(await core.next("INVITE"));
    await core.next("ACK");
    const ids = await chunks(2);
    const size = ONE_CHUNK + 4096;
    const peer = await socket;
    for (const [place, range] of [`1-${ONE_CHUNK}`, `${ONE_CHUNK + 1}-${size}`].entries()) {
      await answerChunks(ids.slice(place, place + 1));
      peer.write(
        `MSRP report${place}x REPORT\r\nTo-Path: ${field("From-Path")}\r\nFrom-Path: ${path()}\r\nMessage-ID: ${field("Message-ID")}\r\n` +
          `Status: 000 200 OK\r\nByte-Range: ${range}/${size}\r\n-------report${place}x$\r\n`,
      );
    }
    core.respond(await core.next("BYE"), "200 OK");
    expect((await sending).results).toMatchObject([{ outcome: "confirmed" }]);
  });

  it("S1-66: what the receiver refuses with 413 has failed, and the session ends", async () => {
    const sending = send();
    accept(await core.next("INVITE"));
    await core.next("ACK");
    const [id] = await chunks(1);
    (await socket).write(
      `MSRP ${id} 413 Stop\r\nTo-Path: ${field("From-Path")}\r\nFrom-Path: ${path()}\r\n-------${id}$\r\n`,
    );
    core.respond(await core.next("BYE"), "200 OK");
    expect((await sending).results).toMatchObject([{ outcome: "failed", reason: { code: "INLET_MSRP_REFUSED" } }]);
  });

  it("a receiver that ends the session in the middle is told apart from one that has it", async () => {
    const sending = send();
    const invite = await core.next("INVITE");
    accept(invite);
    await core.next("ACK");
    await chunks(2);
    const from = header(invite, "From") ?? "";
    const lines = [`To: ${from}`, `From: ${header(invite, "To")};tag=core`, `Call-ID: ${header(invite, "Call-ID")}`];
    core.request("BYE", /<([^>]+)>/.exec(header(invite, "Contact") ?? "")?.[1] ?? "", lines);
    await core.next("SIP/2.0 200");
    expect((await sending).results).toMatchObject([{ outcome: "failed", reason: { code: "INLET_SEND_ENDED" } }]);
  });
});
