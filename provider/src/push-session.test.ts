import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { silentLog, systemClock, type TracedMessage } from "@inlet/agent-core/kernel";
import { type MessageHead, MsrpListener, type MsrpSession } from "@inlet/agent-core/msrp";
import type { IncomingInvite, InviteSession, Reply } from "@inlet/agent-core/sip";
import {
  formatMsrpAnswer,
  formatSessionDescription,
  type MsrpLineDecision,
  parseCpimMessage,
  parseSessionDescription,
  readMsrpMedia,
  type SessionDescription,
} from "@inlet/agent-core/wire";
import { headerValue, headerValues, type SipRequest } from "@inlet/agent-core/wire/sip";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ConnectedAgent, connectAgent } from "./connected-agent.ts";
import { readOutgoingFile } from "./outgoing-file.ts";
import type { Provider } from "./provider.ts";
import { pushFiles } from "./push-files.ts";
import { sendFiles } from "./send-files.ts";
import type { FileResult } from "./send-result.ts";
import { SenderMedia } from "./sender-media.ts";
import { ANN, BOB, openSockets, startTestProvider, TemporaryFolder } from "./testing.ts";

/** A receiver made of parts, so that what the sender does between the lines can be seen and held up. */
class Receiver {
  readonly reoffers: SessionDescription[] = [];
  /** m-lines in the order in which their files began. */
  readonly began: number[] = [];
  readonly received: { readonly head: MessageHead; readonly bytes: Buffer }[] = [];
  readonly bye = Promise.withResolvers<SipRequest>();
  invite: SipRequest | undefined;
  /** By m-line: what its message waits for before it is confirmed. */
  readonly held = new Map<number, PromiseWithResolvers<void>>();
  /** Nothing more is read before it. */
  full: Promise<void> | undefined;
  readonly #listener: MsrpListener;
  readonly #sessions: MsrpSession[] = [];
  #offer: SessionDescription | undefined;
  #lines: MsrpLineDecision[] = [];
  #session: InviteSession | undefined;
  /** Changes an accepting line of the answer. */
  decide: (index: number, line: MsrpLineDecision) => MsrpLineDecision = (_, line) => line;

  constructor(listener: MsrpListener) {
    this.#listener = listener;
  }

  get port(): number {
    return this.#listener.port;
  }

  take(invite: IncomingInvite): void {
    this.invite = invite.request;
    const offer = parseSessionDescription(invite.request.body);
    this.#offer = offer;
    const lines = offer.media.map((media, index) => this.decide(index, this.#accept(index, readMsrpMedia(media).path)));
    this.#lines = lines;
    this.#session = invite.accept(
      this.#answer(offer, lines),
      {},
      {
        reinvited: (request) => {
          const again = parseSessionDescription(request.body);
          this.reoffers.push(again);
          return { status: 200, body: this.#answer(again, lines) } satisfies { status: number } & Reply;
        },
        ended: (_, request) => request && this.bye.resolve(request),
      },
    );
  }

  /** A re-INVITE of the receiver's. */
  async change(change: (line: MsrpLineDecision) => MsrpLineDecision): Promise<number | undefined> {
    const lines = this.#lines.map(change);
    const offer = this.#offer ?? expect.unreachable();
    return (await this.#session?.reinvite(() => this.#answer(offer, lines)))?.status;
  }

  #accept(index: number, peerPath: readonly string[]): MsrpLineDecision {
    const session = this.#listener.expect({
      acceptTypes: ["*"],
      peerPath,
      onMessage: (head) => {
        this.began.push(index);
        const pieces: { position: number; bytes: Buffer }[] = [];
        const full = (): Promise<void> | undefined => this.full;
        return {
          get full() {
            return full();
          },
          write: (position, bytes) => void pieces.push({ position, bytes: Buffer.from(bytes) }),
          complete: async () => {
            await this.held.get(index)?.promise;
            pieces.sort((a, b) => a.position - b.position);
            this.received.push({ head, bytes: Buffer.concat(pieces.map(({ bytes }) => bytes)) });
          },
          abort: () => undefined,
        };
      },
    });
    this.#sessions.push(session);
    return { accept: true, port: this.#listener.port, path: [session.path], acceptTypes: ["*"] };
  }

  #answer(offer: SessionDescription, lines: readonly MsrpLineDecision[]) {
    const place = { addrType: "IP4", address: "127.0.0.1" };
    const origin = { username: "-", sessionId: "1", sessionVersion: "1", netType: "IN", ...place };
    const answer = formatMsrpAnswer(offer, { origin, connection: place, lines });
    return { contentType: "application/sdp", content: formatSessionDescription(answer) };
  }

  close(): void {
    for (const session of this.#sessions) session.close();
  }
}

let before: number;
let folder: TemporaryFolder;
let provider: Provider;
let listener: MsrpListener;
let bob: ConnectedAgent;
let receiver: Receiver;
let files: string[];
/** Of what the receiver's MSRP heard. */
const heads: string[] = [];

beforeEach(async () => {
  before = await openSockets();
  folder = new TemporaryFolder();
  files = [0, 1, 2].map((index) => {
    const path = join(folder.path, `${index}.txt`);
    writeFileSync(path, randomBytes(2000 + index).toString("hex"));
    return path;
  });
  provider = await startTestProvider();
  heads.length = 0;
  const trace = ({ head, direction }: TracedMessage): void => void (direction === "in" && heads.push(`${head}`));
  listener = await MsrpListener.listen({ host: "127.0.0.1", port: 0, clock: systemClock, trace });
  receiver = new Receiver(listener);
  bob = await connectAgent({
    ...BOB,
    registrar: provider.registrar,
    handlers: { invite: (invite) => receiver.take(invite) },
    log: silentLog,
    clock: systemClock,
  });
  await bob.userAgent.request({
    method: "REGISTER",
    uri: "sip:example.net",
    headers: [{ name: "contact", value: bob.userAgent.contact }],
  });
});

afterEach(async () => {
  receiver.close();
  bob[Symbol.dispose]();
  await listener.close();
  await provider.stop();
  folder[Symbol.dispose]();
  expect(await openSockets()).toBe(before);
});

const send = async (paths = files, more: { readonly oneByOne?: boolean } = {}): Promise<FileResult[]> => {
  const { aor, password } = ANN;
  const { registrar } = provider;
  const { results } = await sendFiles({
    aor,
    registrar,
    password,
    to: BOB.aor,
    method: "msrp",
    files: paths,
    log: silentLog,
    ...more,
  });
  return results;
};

describe("the sender's session", () => {
  it.each([
    ["plain", ["*"]],
    ["in a message/cpim envelope", ["message/cpim"]],
  ])("offers the file by its whole range, and sends the rest that is asked for (%s)", async (_, acceptTypes) => {
    receiver.decide = (_, line) => (line.accept ? { ...line, acceptTypes, range: { start: 1001, stop: 4000 } } : line);
    expect((await send(files.slice(0, 1))).map(({ outcome }) => outcome)).toEqual(["confirmed"]);
    const offered = parseSessionDescription(receiver.invite?.body ?? Buffer.alloc(0));
    expect(offered.media[0]?.attributes).toContainEqual({ name: "file-range", value: "1-4000" });
    const { bytes = Buffer.alloc(0) } = receiver.received[0] ?? {};
    const body = acceptTypes[0] === "*" ? bytes : parseCpimMessage(bytes).body;
    expect(Buffer.from(body).equals(readFileSync(files[0] ?? "").subarray(1000))).toBe(true);
  });

  it("sends nothing for a range that is no rest of the file", async () => {
    receiver.decide = (_, line) => (line.accept ? { ...line, range: { start: 1, stop: 1000 } } : line);
    expect(await send(files.slice(0, 1))).toMatchObject([{ outcome: "failed", reason: { code: "INLET_SDP_INVALID" } }]);
    expect(receiver.received).toEqual([]);
  });

  it("offers sendonly lines with all that describes a file, for the push service", async () => {
    await send();
    const { invite } = receiver;
    if (invite === undefined) throw new Error("no INVITE");
    expect(headerValues(invite, "accept-contact")).toEqual(["*;+g.oma.lcsi.sip-push"]);
    expect(headerValues(invite, "allow")).toEqual(expect.arrayContaining(["INVITE", "BYE", "CANCEL", "ACK"]));
    expect(headerValues(invite, "supported")).toContain("timer");
    expect(headerValue(invite, "session-expires")).toBe("1800;refresher=uac");
    expect(headerValue(invite, "content-type")).toBe("application/sdp");
    const { media } = parseSessionDescription(invite.body);
    expect(media.map(({ direction, port }) => [direction, port > 0])).toEqual(Array(3).fill(["sendonly", true]));
    const { file, setup } = readMsrpMedia(media[0] ?? expect.unreachable());
    expect(setup).toBe("active");
    expect(file).toMatchObject({ name: "0.txt", type: "text/plain", size: 4000, disposition: "attachment" });
    expect(Object.keys(file?.hashes ?? {})).toEqual(["sha-1", "sha-256"]);
    expect(file?.dates?.modification).toBeDefined();
    const ids = media.map((line) => readMsrpMedia(line).file?.transferId);
    expect(new Set(ids).size).toBe(3);
  });

  it("closes lines that have ended by port 0 while another runs, and ends with BYE to our Contact (S1-48, S1-52..56)", async () => {
    const held = Promise.withResolvers<void>();
    receiver.held.set(1, held);
    const sending = send();
    const closed = async (): Promise<readonly boolean[]> => {
      for (;;) {
        const last = receiver.reoffers.at(-1)?.media.map(({ port }) => port === 0);
        if (last?.[0] === true && last[2] === true) return last;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    expect(await closed()).toEqual([true, false, true]);
    held.resolve();
    expect((await sending).map(({ outcome }) => outcome)).toEqual(["confirmed", "confirmed", "confirmed"]);
    expect((await receiver.bye.promise).requestUri).toBe(bob.userAgent.contactUri);
    const versions = receiver.reoffers.map(({ origin }) => Number(origin.sessionVersion));
    expect(versions).toEqual(versions.map((_, index) => index + 2));
    expect(receiver.reoffers.every(({ media }) => media.length === 3)).toBe(true);
  });

  it("sends all files that go to one place over one connection, side by side", async () => {
    const last = Promise.withResolvers<void>();
    receiver.held.set(0, last);
    receiver.held.set(1, last);
    let most = 0;
    const sending = send();
    // The third is confirmed while the first two wait: none stands before another.
    while (receiver.received.length === 0) {
      most = Math.max(most, listener.connections);
      await new Promise((resolve) => setImmediate(resolve));
    }
    last.resolve();
    expect((await sending).map(({ outcome }) => outcome)).toEqual(["confirmed", "confirmed", "confirmed"]);
    expect(most).toBe(1);
  });

  it("S1-9: sends one file after the other where it is told to; those that wait stay open", async () => {
    const held = files.map(() => Promise.withResolvers<void>());
    for (const [index, one] of held.entries()) receiver.held.set(index, one);
    const sending = send(files, { oneByOne: true });
    for (const [index, one] of held.entries()) {
      while (receiver.began.length <= index) await new Promise((resolve) => setImmediate(resolve));
      // What would come side by side has had its time.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(receiver.began).toEqual([0, 1, 2].slice(0, index + 1));
      one.resolve();
    }
    expect((await sending).map(({ outcome }) => outcome)).toEqual(Array(3).fill("confirmed"));
    expect(receiver.reoffers[0]?.media.map(({ port }) => port === 0)).toEqual([true, false, false]);
  });

  it("ends with BYE alone when there was but one file", async () => {
    expect(await send(files.slice(0, 1))).toMatchObject([{ outcome: "confirmed" }]);
    await receiver.bye.promise;
    expect(receiver.reoffers).toEqual([]);
  });

  it("puts a file into message/cpim where the receiver takes nothing else (seed 001 A.6)", async () => {
    receiver.decide = (_, line) =>
      line.accept ? { ...line, acceptTypes: ["message/cpim"], acceptWrappedTypes: ["*"] } : line;
    expect(await send(files.slice(0, 1))).toMatchObject([{ outcome: "confirmed" }]);
    const [{ head, bytes } = expect.unreachable()] = receiver.received;
    expect(head.contentType).toBe("message/cpim");
    const message = parseCpimMessage(bytes);
    expect(message.contentType.mediaType).toBe("text/plain");
    expect(message.body).toHaveLength(4000);
  });

  it.each([
    ["Weather\r\nat 10", { "content-description": "Weather at 10" }],
    // It stands in the offer; MIME headers are ASCII (RFC 2045 §8), and msrp-java answers no chunk with another one.
    ["Wetter um 10 Uhr: trüb", {}],
  ])(
    "says of a file that it is an attachment, what it is, and that it wants to be confirmed: %j",
    async (description, said) => {
      using ann = await connectAgent({ ...ANN, registrar: provider.registrar, log: silentLog, clock: systemClock });
      const file = await readOutgoingFile({ path: files[0] ?? "", description });
      const edge = { clock: systemClock, log: silentLog };
      const results = await pushFiles(ann, { to: BOB.aor, files: [file], media: new SenderMedia(edge), ...edge });
      expect(results.map(({ outcome }) => outcome)).toEqual(["confirmed"]);
      const [{ head } = expect.unreachable()] = receiver.received;
      expect(Object.fromEntries(head.otherMimeHeaders)).toEqual({ "content-disposition": "attachment", ...said });
      expect(head.successReport).toBe(true);
    },
  );

  it("sends nothing that is too large for the receiver, or of a type that it does not take", async () => {
    receiver.decide = (index, line) => {
      if (!line.accept) return line;
      return index === 0 ? { ...line, maxSize: 3999 } : { ...line, acceptTypes: ["image/*"] };
    };
    expect(await send(files.slice(0, 2))).toMatchObject([
      { outcome: "failed", reason: { code: "INLET_SEND_TOO_LARGE" } },
      { outcome: "rejected", reason: { code: "INLET_SEND_REJECTED" } },
    ]);
    await receiver.bye.promise;
  });

  it("connects to c= and m= where the receiver speaks of CEMA (RFC 6714), to the path's session", async () => {
    let through = 0;
    const middlebox = createServer((socket) => {
      through++;
      const on = connect(receiver.port, "127.0.0.1");
      socket.pipe(on).pipe(socket);
      for (const end of [socket, on]) end.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => middlebox.listen(0, "127.0.0.1", resolve));
    const { port } = middlebox.address() as AddressInfo;
    receiver.decide = (_, line) =>
      line.accept ? { ...line, port, cema: true, connection: { addrType: "IP4", address: "127.0.0.1" } } : line;
    expect(await send(files.slice(0, 1))).toMatchObject([{ outcome: "confirmed" }]);
    expect(receiver.invite && Buffer.from(receiver.invite.body).toString()).toContain("\r\na=msrp-cema\r\n");
    expect(through).toBe(1);
    middlebox.close();
  });

  it("sends on by the path that the receiver's relays have become, in the same session (RFC 4976 §5.1)", async () => {
    const hop = (name: string): string => `msrp://127.0.0.1:${receiver.port}/${name};tcp`;
    const behind = (name: string) => (line: MsrpLineDecision) =>
      line.accept ? { ...line, path: [hop(name), line.path.at(-1) ?? ""] } : line;
    receiver.decide = (_, line) => behind("hop1")(line);
    const large = join(folder.path, "large.bin");
    const content = randomBytes(8 * 1024 * 1024);
    writeFileSync(large, content);
    const held = Promise.withResolvers<void>();
    receiver.full = held.promise;
    const sending = send([large]);
    while (receiver.began.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await receiver.change(behind("hop2"))).toBe(200);
    receiver.full = undefined;
    held.resolve();
    expect((await sending).map(({ outcome, reason }) => reason?.text ?? outcome)).toEqual(["confirmed"]);
    expect(receiver.received[0]?.bytes.equals(content)).toBe(true);
    expect(heads.at(-1)).toContain(`To-Path: ${hop("hop2")} `);
    expect(new Set(heads.map((head) => /^Message-ID: (.*)\r$/m.exec(head)?.[1])).size).toBe(2);
  });

  it("fails a line whose receiver cannot be connected to, and sends the others", async () => {
    receiver.decide = (index, line) =>
      index === 0 && line.accept ? { ...line, port: 1, path: ["msrp://127.0.0.1:1/nobody;tcp"] } : line;
    const results = await send(files.slice(0, 2));
    expect(results).toMatchObject([
      { outcome: "failed", reason: { code: "INLET_MSRP_CONNECTION_FAILED" } },
      { outcome: "confirmed" },
    ]);
  });
});
