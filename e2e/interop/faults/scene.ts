/**
 * The agent as a process, a core and a sender written by hand, and what the sender was told: whatever happened to the
 * agent, `check` compares its history, its items and the person's folder with that.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { header, RawCore } from "@inlet/agent-core/testing";
import { expect } from "vitest";
import { answerPaths, fromPath, offerOf } from "../offers.ts";
import { RawMsrp } from "../raw-msrp.ts";
import { type Line, ReceiveProcess } from "../receive-process.ts";
import { NOTHING, type Plan, type Report } from "./plan.ts";

const PRELOAD = fileURLToPath(new URL("preload.ts", import.meta.url));
const CHUNK = 400_000;

/** A file that was offered once, or again after it had failed. */
export interface Sent {
  readonly name: string;
  readonly data: Buffer;
  /** INVITEs with it. */
  readonly invites: number;
  /** Offers of it that were shown. */
  readonly shown: readonly string[];
  /** The sender was told that it is kept. */
  readonly acknowledged: boolean;
}

/** Where the test stops looking on: the agent is killed there. */
export type Until = "shown" | "decided" | "middle" | "end";

export class Scene implements AsyncDisposable {
  readonly home: string;
  readonly sent = new Map<string, Sent>();
  readonly messages = new Map<string, { readonly acknowledged: boolean }>();
  /** Codes that the agent said, and statuses of SIP and MSRP. */
  readonly refusals: string[] = [];
  #core: RawCore | undefined;
  #receiver: ReceiveProcess | undefined;
  #exited: Promise<undefined> = Promise.resolve(undefined);
  #senders: RawMsrp[] = [];
  #calls = 0;
  fired: string | undefined;
  /** The process is there, but may not be registered. */
  launched: Promise<void> = Promise.resolve();
  #armed: (() => void) | undefined;

  private constructor(home: string) {
    this.home = home;
  }

  static async create(): Promise<Scene> {
    return new Scene(await realpath(await mkdtemp(join(tmpdir(), "inlet-faults-"))));
  }

  get #running(): { readonly core: RawCore; readonly receiver: ReceiveProcess } {
    if (this.#core === undefined || this.#receiver === undefined) throw new Error("not started");
    return { core: this.#core, receiver: this.#receiver };
  }

  get receiver(): ReceiveProcess {
    return this.#running.receiver;
  }

  /** Starts the agent, by `command` where one is given. False: it ended before it was registered. */
  async start(plan: Plan = NOTHING, command: readonly string[] = []): Promise<boolean> {
    const launched = Promise.withResolvers<void>();
    this.launched = launched.promise;
    const core = await RawCore.listen();
    this.#core = core;
    const env = { INLET_FAULT: JSON.stringify({ folder: this.home, plan }) };
    const receiver = await ReceiveProcess.start(core.port, [], this.home, {
      preload: { module: PRELOAD, env },
      command,
    });
    this.#receiver = receiver;
    launched.resolve();
    this.fired = undefined;
    receiver.child.on("message", ({ armed, fired }: Report) => {
      if (armed === true) this.#armed?.();
      this.fired ??= fired;
    });
    this.#exited = new Promise((resolve) => receiver.child.once("close", () => resolve(undefined)));
    const registered = async (): Promise<Line> => {
      await core.register();
      return receiver.registered();
    };
    return (await this.#alive(registered())) !== undefined;
  }

  /** The plan for what comes now. */
  async arm(plan: Plan): Promise<void> {
    this.fired = undefined;
    const armed = new Promise<void>((resolve) => {
      this.#armed = resolve;
    });
    this.receiver.child.send(plan);
    await this.#alive(armed);
  }

  /** Kills the agent, unless that has happened, and forgets its core. */
  async kill(): Promise<void> {
    this.receiver.child.kill("SIGKILL");
    await this.#exited;
    for (const sender of this.#senders.splice(0)) sender.close();
    await this.#core?.[Symbol.asyncDispose]();
  }

  /** What `step` gives; undefined when the agent ended before. */
  async #alive<T>(step: Promise<T>): Promise<T | undefined> {
    const settled = step.catch(async (error: unknown) => {
      // A connection that broke may be the first sign of an end.
      await Promise.race([this.#exited, new Promise((resolve) => setTimeout(resolve, 200))]);
      if (this.receiver.ended) return undefined;
      throw error;
    });
    return Promise.race([settled, this.#exited]);
  }

  /** Offers a file, has it accepted, sends it. Returns when the offer, or the agent, has ended. */
  async send(name: string, data = randomBytes(1_500_000), until: Until = "end"): Promise<Sent> {
    const { core, receiver } = this.#running;
    const call = `call-${++this.#calls}`;
    let sent: Sent = this.sent.get(name) ?? { name, data, invites: 0, shown: [], acknowledged: false };
    const know = (more: Partial<Sent>): Sent => {
      sent = { ...sent, ...more };
      this.sent.set(name, sent);
      return sent;
    };
    know({ invites: sent.invites + 1 });
    const before = receiver.lines.length;
    const shown = (): Line | undefined => receiver.lines.slice(before).find(({ event }) => event === "offer");
    try {
      const body = offerOf([{ name, type: "application/octet-stream", data: sent.data, range: "1-*" }]);
      core.request("INVITE", "sip:bob@example.net", [`Call-ID: ${call}`, "Content-Type: application/sdp"], body);
      const response = (): Promise<string> =>
        core.next(new RegExp(`^SIP/2\\.0 (?!100)(?=[^]*\nCall-ID: ${call}\r)(?=[^]*\nCSeq: 1 INVITE\r)`));
      const ringing = await this.#alive(response());
      if (ringing === undefined || !/^SIP\/2\.0 180/.test(ringing)) return this.#refused(ringing) ?? sent;
      const offer = await this.#alive(receiver.line((line) => line === shown()));
      if (offer === undefined || until === "shown") return sent;
      const decided = await this.#alive(receiver.command("offers.decide", { offer: offer.id, accept: [0] }));
      if (decided === undefined) return sent;
      if (decided.error !== undefined) this.refusals.push((decided.error as { code: string }).code);
      const answer = await this.#alive(response());
      if (answer === undefined || !/^SIP\/2\.0 200/.test(answer)) {
        this.#refused(answer);
        if (answer !== undefined) await this.#ended(`${offer.id}`);
        return sent;
      }
      const dialog = [`Call-ID: ${call}`, `To: ${header(answer, "To")}`];
      core.request("ACK", "sip:bob@example.net", [...dialog, "CSeq: 1 ACK"]);
      if (until === "decided") return sent;
      if (await this.#transfer(answer, sent, until)) know({ acknowledged: true });
      if (receiver.ended || until === "middle") return sent;
      core.request("BYE", "sip:bob@example.net", [...dialog, "CSeq: 2 BYE"]);
      await this.#ended(`${offer.id}`);
      return sent;
    } finally {
      if (receiver.ended) await this.#exited;
      const offer = shown();
      if (offer !== undefined) know({ shown: [...sent.shown, `${offer.id}`] });
    }
  }

  #refused(response: string | undefined): undefined {
    if (response !== undefined) this.refusals.push(response.slice(8, 11));
  }

  async #ended(offer: string): Promise<void> {
    await this.#alive(this.receiver.event("offerEnded", ({ id }) => id === offer));
  }

  /** True: the sender was told that the file is kept. */
  async #transfer(answer: string, { data }: Sent, until: Until): Promise<boolean> {
    const body = answer.slice(answer.indexOf("\r\n\r\n"));
    const [path = ""] = answerPaths(body);
    const start = Number(/^a=file-range:(\d+)-/m.exec(body)?.[1] ?? 1);
    const rest = data.subarray(start - 1);
    const sender = await this.#alive(RawMsrp.open(path));
    if (sender === undefined) return false;
    this.#senders.push(sender);
    const closed = new Promise<undefined>((resolve) => sender.socket.once("close", () => resolve(undefined)));
    const last = Math.ceil(rest.length / CHUNK) - 1;
    const acknowledged = (): boolean =>
      /Status: 000 200/.test(sender.text) || new RegExp(`^MSRP tid${last}x\\d+ 200`, "m").test(sender.text);
    if (until === "middle") {
      const head = `MSRP half0001 SEND\r\nTo-Path: ${path}\r\nFrom-Path: ${fromPath(0)}\r\nMessage-ID: half\r\nByte-Range: 1-*/${rest.length}\r\nContent-Type: application/octet-stream\r\n\r\n`;
      await sender.write(Buffer.concat([Buffer.from(head), rest.subarray(0, 1_200_000)]));
      await this.#alive(this.receiver.event("transfer"));
      return false;
    }
    // A receiver that ends does not read on: nothing here waits for it to.
    sender.send({ to: path, from: fromPath(0), data: rest, chunk: CHUNK }).catch(() => undefined);
    const settled = sender.until(/Status: 000 200|^MSRP \S+ [45]\d\d/m, 15_000).catch((error: unknown) => {
      if (!sender.socket.destroyed) throw error;
    });
    await this.#alive(Promise.race([settled, closed]));
    if (this.receiver.ended) await closed;
    const refusal = /^MSRP \S+ ([45]\d\d)/m.exec(sender.text)?.[1];
    if (refusal !== undefined) this.refusals.push(refusal);
    const kept = acknowledged();
    sender.close();
    return kept;
  }

  async message(text: string): Promise<void> {
    const { core } = this.#running;
    const call = `message-${++this.#calls}`;
    this.messages.set(text, { acknowledged: false });
    core.request("MESSAGE", "sip:bob@example.net", [`Call-ID: ${call}`, "Content-Type: text/plain"], text);
    const fits = new RegExp(`^SIP/2\\.0 (?=[^]*\nCall-ID: ${call}\r)`);
    const response = await this.#alive(core.next(fits));
    const last = response ?? core.received.find((one) => fits.test(one));
    if (last !== undefined && /^SIP\/2\.0 200/.test(last)) this.messages.set(text, { acknowledged: true });
    else this.#refused(last);
  }

  async #all(command: string, member: string): Promise<Line[]> {
    const found: Line[] = [];
    for (let before: unknown; ; ) {
      const { result, error } = await this.receiver.command(command, { ...(before !== undefined && { before }) });
      expect(error).toBeUndefined();
      const page = result as { next?: string } & Record<string, Line[]>;
      found.push(...(page[member] ?? []));
      before = page.next;
      if (before === undefined) return found;
    }
  }

  async keeps(name: string): Promise<boolean> {
    return (await this.#all("items.list", "items")).some((item) => item.name === name);
  }

  /** Of an agent that runs: nothing acknowledged is lost, and what it says is what is there. */
  async check({
    parts = 0,
    folder = true,
  }: {
    readonly parts?: number;
    readonly folder?: boolean;
  } = {}): Promise<void> {
    const offers = await this.#all("offers.list", "offers");
    const items = await this.#all("items.list", "items");
    for (const { name, data, invites, shown, acknowledged } of this.sent.values()) {
      const rows = offers.filter(({ files }) => (files as { name: string }[])[0]?.name === name);
      expect(new Set(rows.map(({ id }) => id)).size, `${name}: offers are recorded once`).toBe(rows.length);
      expect(rows.length, `${name}: no offer that nobody made`).toBeLessThanOrEqual(invites);
      for (const id of shown) expect(rows.map((row) => row.id)).toContain(id);
      const kept = items.filter(({ offer }) => rows.some(({ id }) => id === offer));
      for (const row of rows) {
        const item = kept.find(({ offer }) => offer === row.id);
        expect(row.endedAt, `${name}: every offer has an end`).toBeDefined();
        expect(row.outcome === "completed", `${name}: ${row.outcome}, item ${item?.id}`).toBe(item !== undefined);
        expect(row.files).toMatchObject([{ outcome: row.outcome, ...(item !== undefined && { item: item.id }) }]);
      }
      expect(kept.length, `${name}: kept once`).toBeLessThanOrEqual(1);
      if (acknowledged) expect(kept.length, `${name}: acknowledged, therefore kept`).toBe(1);
      for (const item of kept) {
        const sha256 = createHash("sha256").update(data).digest("hex");
        const content = await readFile(`${item.path}`);
        expect(createHash("sha256").update(content).digest("hex"), `${name}: whole`).toBe(sha256);
        expect(item).toMatchObject({ size: data.length, verified: "yes" });
      }
    }
    for (const [text, { acknowledged }] of this.messages) {
      const kept = items.filter((item) => item.text === text);
      expect(kept.length).toBeLessThanOrEqual(1);
      if (acknowledged) expect(kept.length, `message ${text}: acknowledged, therefore kept`).toBe(1);
    }
    if (!folder) return;
    const there = await readdir(join(this.home, "files"));
    const visible = there.filter((name) => !name.startsWith("."));
    const paths = items.flatMap(({ path }) => (typeof path === "string" ? [path] : []));
    expect(visible.map((name) => join(this.home, "files", name)).sort(), "the folder holds the items").toEqual(
      paths.sort(),
    );
    expect(there.length - visible.length, `parts: ${there.join()}`).toBeLessThanOrEqual(parts);
    for (const name of await readdir(join(this.home, "data"))) {
      expect(name).toMatch(
        /^(inlet\.db(-wal|-shm|\.version-\d+)?|msrp-identity\.pem|secret\.key|quarantine|trace(\.1)?\.jsonl)$/,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.home, { recursive: true, force: true });
  }
}
