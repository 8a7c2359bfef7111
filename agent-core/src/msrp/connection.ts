/**
 * One TCP connection at the receiving end: octets to chunks, chunks to their sessions, answers back (RFC 4975
 * §7.2-7.3). All answers of one turn leave in one write. While the peer does not take its answers, nothing is
 * read from it. The answer to the last chunk of a message waits for the receiver; reading goes on meanwhile.
 *
 *   open ──fault, no session left──► lingering ──peer's FIN or LIMITS.stop──► closed
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type Clock, InletError, LIMITS, type Log, millis, type TraceSink } from "../kernel/index.ts";
import { type Flag, Framer, type MsrpHead, type MsrpRequest, type MsrpResponse } from "../wire/msrp/index.ts";
import { Answers } from "./answers.ts";
import { HeadTrace } from "./head-trace.ts";
import { type InboundMessage, statusOf } from "./inbound-message.ts";
import { checkPeer, type SecurePeer } from "./peer-proof.ts";
import type { Reader, ReadTurn } from "./read-turn.ts";
import type { Chunk, ReceiveSession, SessionConnection } from "./receive-session.ts";
import type { RelayLink } from "./relay-client.ts";
import { RepeatedRequest } from "./repeated-request.ts";
import { type OnRead, type OpenSocket, openEvent, type ReadMode } from "./socket.ts";
import { Stage } from "./stage.ts";

export interface ConnectionOwner {
  readonly clock: Clock;
  readonly log: Log;
  readonly trace?: TraceSink;
  readonly turn: ReadTurn;
  find(uri: string | undefined): ReceiveSession | undefined;
  closed(connection: Connection): void;
}

/** Whoever has no other session here has lost its way. */
const MISPLACED: ReadonlySet<string> = new Set([
  "INLET_MSRP_NO_SESSION",
  "INLET_MSRP_SESSION_IN_USE",
  "INLET_MSRP_CERTIFICATE",
]);

/** Answers to the empty SEND by who knows the session: one that only sends may refuse whatever comes (403, msrp-node-lib). */
const BINDS: ReadonlySet<number> = new Set([200, 403]);

export class Connection implements SessionConnection, Reader {
  readonly mode: ReadMode;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #framer: Framer;
  readonly #stage = new Stage();
  readonly #sessions = new Set<ReceiveSession>();
  readonly #waiting = new Map<string, (response: MsrpResponse | InletError) => void>();
  #phase: "open" | "lingering" | "closed" = "open";
  #timer: Disposable | undefined;
  #chunk: Chunk | undefined;
  /** The last chunk whose head was read in full. */
  #repeatable: Chunk | undefined;
  /** The session that was told of octets during this read. */
  #touched: ReceiveSession | undefined;
  #last: { readonly toPath: readonly string[]; readonly session: ReceiveSession } | undefined;
  #reading = false;
  #peerEnded = false;
  readonly #trace: HeadTrace | undefined;
  readonly #answers: Answers;
  readonly #server: string | undefined;
  #claim: (() => void) | undefined;
  #relay: RelayLink | undefined;
  /** Last chunks whose answer waits for the receiver. */
  #deferred = 0;
  /** Receivers that take no more for now. */
  #held = 0;
  /** Octets dropped since a chunk was last accepted. */
  #drained = 0;

  /** @param claim is called when the first session is bound. */
  constructor(owner: ConnectionOwner, open: (read: OnRead) => OpenSocket, claim?: () => void) {
    this.#owner = owner;
    this.#claim = claim;
    this.#framer = new Framer({
      head: (head) => this.#head(head),
      repeated: (transactId, start, end, total) => this.#repeated(transactId, start, end, total),
      body: (piece) => this.#body(piece),
      end: (flag) => this.#end(flag),
    });
    const { socket, mode, server } = open((bytes) => this.#read(bytes));
    this.#socket = socket;
    this.#server = server;
    this.mode = mode;
    this.#trace = HeadTrace.of(owner.trace, socket);
    this.#answers = new Answers(this.#trace);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on("error", (error) => owner.log("debug", "msrp.socketError", { error: error.message }));
    socket.on("drain", () => this.readOn());
    socket.on("end", () => this.#onEnd());
    socket.on("close", () => this.#onClose());
    this.#timer = owner.clock.after(millis(LIMITS.msrpFirstRequest), () => {
      owner.log("info", "msrp.closed", { code: "INLET_MSRP_TIMEOUT" });
      this.#socket.destroy();
    });
  }

  get socket(): Socket {
    return this.#socket;
  }

  /** Sessions can be bound here. */
  get open(): boolean {
    return this.#phase === "open" && !this.#peerEnded && this.#socket.writable;
  }

  get unused(): boolean {
    return this.#sessions.size === 0;
  }

  /** For the active role: resolves when the TCP connection stands. Rejects with INLET_MSRP_CONNECTION_FAILED. */
  connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      let cause: NodeJS.ErrnoException | undefined;
      this.#socket.once(openEvent(this.#socket), resolve);
      this.#socket.once("error", (error) => {
        cause = error;
      });
      this.#socket.once("close", () => reject(new InletError("INLET_MSRP_CONNECTION_FAILED", cause?.code, { cause })));
    });
  }

  get secure(): boolean {
    return this.#socket instanceof TLSSocket;
  }

  prove(peer: SecurePeer): boolean {
    return this.#socket instanceof TLSSocket && checkPeer(this.#socket, this.#server, peer);
  }

  /** A relay takes messages for us here: it stays when no session uses it, and serves those of the relay alone. */
  serve(relay: RelayLink): void {
    this.#relay = relay;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  get relay(): RelayLink | undefined {
    return this.#relay;
  }

  /** Sends the empty SEND that binds `session` here and waits for its answer (RFC 4975 §5.4). */
  async bindActively(session: ReceiveSession, toPath: readonly string[]): Promise<void> {
    session.bind(this);
    this.#adopt(session);
    const { status } = await this.#answered(this.#answers.bind(toPath, session.path));
    if (!BINDS.has(status)) throw new InletError("INLET_MSRP_REFUSED", String(status));
  }

  /** Sends a request, given its transact-id, and waits for its answer. INLET_MSRP_TIMEOUT, INLET_MSRP_CONNECTION_LOST. */
  request(format: (transactId: string) => string): Promise<MsrpResponse> {
    return this.#answered(this.#answers.request(format));
  }

  async #answered(id: string): Promise<MsrpResponse> {
    if (this.#phase !== "open") throw new InletError("INLET_MSRP_CONNECTION_LOST");
    const answer = await new Promise<MsrpResponse | InletError>((resolve) => {
      const timer = this.#owner.clock.after(millis(LIMITS.msrpTransaction), () =>
        settle(new InletError("INLET_MSRP_TIMEOUT")),
      );
      const settle = (result: MsrpResponse | InletError): void => {
        timer[Symbol.dispose]();
        this.#waiting.delete(id);
        resolve(result);
      };
      this.#waiting.set(id, settle);
      this.#flush();
    });
    if (answer instanceof InletError) throw answer;
    return answer;
  }

  release(session: ReceiveSession): void {
    if (this.#chunk?.session === session) this.#checkChunk();
    this.#sessions.delete(session);
    this.#endIfUnused();
  }

  /** The chunk under way is answered; of octets for which a 200 went out, a REPORT says it (RFC 4975 §7.1.2). */
  messageFailed(message: InboundMessage): void {
    if (this.#chunk?.message !== message) this.#reportFailure(message);
    // While octets are read, what they mean for the chunk is seen to afterwards.
    if (this.#reading) return;
    this.#checkChunk();
    this.#flush();
  }

  #reportFailure({ request, id, failure, failureReport, assembly }: InboundMessage): void {
    const own = request.toPath.at(-1);
    if (failure === undefined || own === undefined || failureReport === "no") return;
    this.#answers.report(request, own, id, assembly.end, assembly.total, statusOf(failure));
  }

  /** What is due is written, then the connection ends. */
  close(): void {
    this.#flush();
    this.#lose(undefined);
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    if (this.#phase !== "open") return;
    let broken: InletError | undefined;
    this.#reading = true;
    this.#touched = undefined;
    this.#stage.begin(bytes);
    try {
      this.#framer.push(bytes);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      broken = error;
    } finally {
      this.#reading = false;
    }
    this.#stage.flush();
    this.#checkChunk();
    if (broken !== undefined) this.#break(broken);
    if (this.#phase === "open") this.#owner.turn.took(this, bytes.length);
  }

  turnEnded(): void {
    this.#flush();
  }

  /** Who does not take its answers, or whose octets are not taken, is not read from until then. */
  readOn(): void {
    if (this.#held === 0 && !this.#socket.writableNeedDrain) this.#socket.resume();
  }

  hold(until: Promise<void>): void {
    this.#held++;
    this.#socket.pause();
    void until.then(() => {
      this.#held--;
      this.readOn();
    });
  }

  #repeated(transactId: string, start: number, end: number, total: number): boolean {
    const last = this.#repeatable;
    if (last?.message === undefined || this.#phase !== "open" || !this.#sessions.has(last.session)) return false;
    const request = new RepeatedRequest(last.request, transactId, start, end, total);
    const chunk = last.session.again(last.message, request, start, total);
    if (chunk === undefined) return false;
    this.#trace?.repeated(request);
    this.#chunk = chunk;
    this.#drained = 0;
    return true;
  }

  #head(head: MsrpHead): void {
    this.#trace?.head(head);
    if (head.kind === "request" && head.hasBody) this.#repeatable = undefined;
    if (this.#phase !== "open") return;
    if (head.kind === "response") {
      this.#waiting.get(head.transactId)?.(head);
      return;
    }
    // A REPORT is never answered, and nothing here waits for one.
    if (head.method === "REPORT") return;
    try {
      const session = this.#find(head.toPath);
      if (session === undefined || !session.fits(this)) throw new InletError("INLET_MSRP_NO_SESSION");
      if (head.method === "FILE_OFFSET") {
        const offset = session.tellOffset();
        session.bind(this);
        this.#adopt(session);
        this.#answers.tellOffset(head, offset);
        return;
      }
      if (head.method !== "SEND") throw new InletError("INLET_MSRP_METHOD_UNKNOWN", head.method.slice(0, 32));
      session.bind(this);
      this.#adopt(session);
      this.#chunk = session.open(head);
      if (head.hasBody) this.#repeatable = this.#chunk;
      this.#drained = 0;
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      this.#refuse(head, error);
    }
  }

  #body(piece: Buffer): void {
    this.#trace?.body(piece.length);
    const chunk = this.#chunk;
    const message = chunk?.message;
    if (chunk === undefined || message === undefined) {
      this.#drain(piece.length);
      return;
    }
    const position = chunk.start + chunk.received;
    try {
      message.assembly.take(position, piece.length);
      this.#stage.add(message, position, piece);
      chunk.received += piece.length;
      if (this.#touched !== chunk.session) {
        this.#touched = chunk.session;
        chunk.session.touch();
      }
    } catch (error) {
      this.#failMessage(message, error);
    }
    if (message.failure !== undefined) this.#checkChunk();
  }

  #end(flag: Flag): void {
    this.#trace?.end(flag);
    const chunk = this.#chunk;
    if (chunk !== undefined) this.#endChunk(chunk, flag);
    this.#chunk = undefined;
  }

  #endChunk(chunk: Chunk, flag: Flag): void {
    const { message, request } = chunk;
    if (message === undefined || flag === "#") {
      if (message !== undefined)
        this.#failMessage(message, new InletError("INLET_TRANSFER_INCOMPLETE", "ended by the sender"));
      this.#answers.respond(request, 200);
      return;
    }
    try {
      message.assembly.close(chunk.start, chunk.start + chunk.received, flag === "$");
    } catch (error) {
      this.#failMessage(message, error);
    }
    const whole = message.assembly.whole;
    if (whole) this.#stage.flush();
    if (message.failure !== undefined) this.#refuse(request, message.failure);
    else if (whole) void this.#finish(request, chunk.session, message);
    else this.#answers.respond(request, 200);
  }

  async #finish(request: MsrpRequest, session: ReceiveSession, message: InboundMessage): Promise<void> {
    this.#deferred++;
    const failure = await message.complete();
    this.#deferred--;
    if (failure !== undefined) this.#refuse(request, failure);
    else {
      this.#answers.respond(request, 200);
      if (message.successReport)
        this.#answers.report(
          request,
          session.path,
          message.id,
          message.assembly.total ?? 0,
          message.assembly.total ?? 0,
        );
    }
    if (this.#phase === "closed") return;
    this.#flush();
    this.#endIfUnused();
  }

  /** The framer hands out the same array for the same path: of a chunk like the last, the session is known. */
  #find(toPath: readonly string[]): ReceiveSession | undefined {
    const last = this.#last;
    if (last?.toPath === toPath && this.#sessions.has(last.session)) return last.session;
    const session = this.#owner.find(toPath.at(-1));
    this.#last = session === undefined ? undefined : { toPath, session };
    return session;
  }

  #adopt(session: ReceiveSession): void {
    this.#sessions.add(session);
    this.#claim?.();
    this.#claim = undefined;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  /** What came before the fault is handed over first: it may be resumed from. */
  #failMessage(message: InboundMessage, error: unknown): void {
    if (!(error instanceof InletError)) throw error;
    this.#stage.flush();
    message.fail(error);
  }

  /** Answers the chunk under way as soon as its message has failed; the rest of it is dropped. */
  #checkChunk(): void {
    const chunk = this.#chunk;
    const failure = chunk?.message?.failure;
    if (chunk === undefined || failure === undefined) return;
    this.#chunk = undefined;
    this.#refuse(chunk.request, failure);
  }

  #drain(length: number): void {
    this.#drained += length;
    if (this.#drained <= LIMITS.msrpDrain || this.#phase !== "open") return;
    this.#owner.log("warn", "msrp.closed", { code: "INLET_MSRP_STOPPED" });
    this.#phase = "lingering";
    this.#lose(new InletError("INLET_MSRP_STOPPED"));
    this.#socket.destroy();
  }

  #refuse(request: MsrpRequest, error: InletError): void {
    this.#owner.log("info", "msrp.refused", { code: error.code, detail: error.detail });
    this.#answers.respond(request, statusOf(error));
    if (MISPLACED.has(error.code) && this.#relay === undefined && this.#sessions.size === 0) this.#linger(error);
  }

  #flush(): void {
    if (!this.#answers.due) return;
    let taken = true;
    this.#answers.take((octets) => {
      if (this.#socket.writable) taken = this.#socket.write(octets);
      return this.#socket.writableLength === 0;
    });
    // The peer leaves its answers unread: nothing more is taken from it until it reads (resumed on "drain").
    if (taken || this.#phase !== "open") return;
    this.#owner.log("debug", "msrp.readingPaused");
    this.#socket.pause();
  }

  #break(error: InletError): void {
    this.#trace?.broken(error.message);
    this.#owner.log("warn", "msrp.closed", { code: error.code, detail: error.detail });
    const broken = this.#framer.broken;
    if (broken === undefined) {
      this.#flush();
      this.#phase = "lingering";
      this.#lose(error);
      this.#socket.destroySoon();
      return;
    }
    this.#answers.respondBroken(broken, statusOf(error));
    this.#linger(error);
  }

  #endIfUnused(): void {
    if (this.#deferred > 0) return;
    if (this.#relay !== undefined && !this.#peerEnded) return;
    if (this.#peerEnded) this.#socket.end();
    else if (this.#sessions.size === 0 && this.#phase === "open" && this.#timer === undefined) this.#linger(undefined);
  }

  /** Says goodbye and drops what still comes, so that the last answer is not lost in a reset. */
  #linger(error: InletError | undefined): void {
    if (this.#phase !== "open") return;
    this.#flush();
    this.#phase = "lingering";
    this.#lose(error);
    this.#socket.end();
    this.#socket.resume();
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#owner.clock.after(millis(LIMITS.stop), () => this.#socket.destroy());
  }

  #lose(error: InletError | undefined): void {
    const sessions = [...this.#sessions];
    this.#sessions.clear();
    this.#chunk = undefined;
    for (const session of sessions) session.unbound(this, error);
    for (const settle of [...this.#waiting.values()]) settle(new InletError("INLET_MSRP_CONNECTION_LOST"));
  }

  #onEnd(): void {
    this.#peerEnded = true;
    this.#lose(this.#framer.idle ? undefined : new InletError("INLET_MSRP_CONNECTION_LOST"));
    if (this.#deferred === 0) this.#socket.end();
  }

  #onClose(): void {
    const orderly = this.#peerEnded || this.#phase === "lingering";
    this.#phase = "closed";
    this.#timer?.[Symbol.dispose]();
    this.#lose(orderly ? undefined : new InletError("INLET_MSRP_CONNECTION_LOST"));
    this.#owner.closed(this);
  }
}
