/**
 * One MSRP session at the receiving end (RFC 4975 §5.4, §7.3): its path, the messages that arrive in it, and the
 * connection it is bound to, of which it has at most one at a time. A session whose connection was lost can be
 * bound again until it is closed; a message that goes on then goes on where it was.
 */
import { type Clock, InletError, LIMITS, type Log, millis, randomToken } from "../kernel/index.ts";
import {
  equalMsrpUri,
  failureReportOf,
  headerOf,
  type MsrpRequest,
  parseByteRange,
  parseMsrpUri,
  successReportOf,
  WHOLE_MESSAGE,
} from "../wire/msrp/index.ts";
import { acceptsType } from "../wire/multipart/index.ts";
import type { Place } from "../wire/sdp/index.ts";
import { InboundMessage, type MessageHead, type MessageSink, understood } from "./inbound-message.ts";
import type { MsrpSession, ReceiveOptions } from "./msrp-session.ts";
import type { SecurePeer } from "./peer-proof.ts";
import type { RelayLink } from "./relay-client.ts";

/** A chunk between its head and its end-line. */
export interface Chunk {
  readonly request: MsrpRequest;
  readonly session: ReceiveSession;
  /** Undefined: a SEND that only binds. */
  readonly message: InboundMessage | undefined;
  /** Position of its first octet in the message, from 0. */
  readonly start: number;
  received: number;
}

/** What a session needs of a connection. */
export interface SessionConnection {
  release(session: ReceiveSession): void;
  /** A message has failed, but not by what its sender says in the chunk under way. */
  messageFailed(message: InboundMessage): void;
  /** A receiver takes no more until then: nothing is read meanwhile. */
  hold(until: Promise<void>): void;
  readonly secure: boolean;
  readonly relay: RelayLink | undefined;
  /** Whether it is known who the peer is. Throws INLET_MSRP_CERTIFICATE. */
  prove(peer: SecurePeer): boolean;
}

/** What a session needs of the listener. */
export interface SessionOwner {
  readonly clock: Clock;
  readonly log: Log;
  /** Peers that name no fingerprint are to be vouched for. */
  readonly vouched: boolean;
  forget(session: ReceiveSession): void;
  connect(session: ReceiveSession, peerPath: readonly string[], place: Place | undefined): Promise<void>;
}

export class ReceiveSession implements MsrpSession {
  readonly path: string;
  readonly #owner: SessionOwner;
  readonly #options: ReceiveOptions;
  readonly #messages = new Map<string, InboundMessage>();
  #connection: SessionConnection | undefined;
  #proven = false;
  #stopped: InletError | undefined;
  #closed = false;
  #lastOctets = 0;
  /** Octets of the next message that are here. */
  #present = 0;
  #stall: Disposable | undefined;
  /** Unfinished messages wait for another connection. */
  #returning: Disposable | undefined;
  /** Those of a connection that was lost, until they go on or another takes their place. */
  readonly #orphans = new Set<InboundMessage>();
  #fromPathChecked: readonly string[] | undefined;

  constructor(owner: SessionOwner, authority: string, options: ReceiveOptions) {
    this.#owner = owner;
    this.#options = options;
    // 128 bits: whoever knows the URI may send (RFC 4975 §14.1).
    this.path = `${this.secure ? "msrps" : "msrp"}://${authority}/${randomToken(128)};tcp`;
  }

  get secure(): boolean {
    return this.#options.secure !== undefined;
  }

  get bound(): boolean {
    return this.#connection !== undefined;
  }

  get proven(): boolean {
    return this.#proven;
  }

  /** It may come over this connection. */
  fits(connection: SessionConnection): boolean {
    const { relay } = this.#options;
    return connection.relay === relay && (relay !== undefined || connection.secure === this.secure);
  }

  async connect(peerPath: readonly string[], place?: Place): Promise<void> {
    await this.#owner.connect(this, peerPath, place);
  }

  stop(error: InletError): void {
    this.#stopped ??= error;
    this.#giveUp(error);
  }

  close(error = new InletError("INLET_TRANSFER_INCOMPLETE")): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopped ??= error;
    this.#failAll(error);
    this.#owner.forget(this);
    this.#connection?.release(this);
    this.#connection = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Throws INLET_MSRP_SESSION_IN_USE while another connection lives, INLET_MSRP_CERTIFICATE when it is not the peer's. */
  bind(connection: SessionConnection): void {
    if (this.#connection === connection) return;
    if (this.#connection !== undefined) throw new InletError("INLET_MSRP_SESSION_IN_USE");
    const { secure, relay, onClosed } = this.#options;
    try {
      if (secure !== undefined && relay === undefined) {
        this.#proven = connection.prove({ ...secure, vouched: this.#owner.vouched });
      }
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      this.#stopped ??= error;
      onClosed?.call(this.#options, error.reason);
      throw error;
    }
    this.#connection = connection;
    this.#returning?.[Symbol.dispose]();
    this.#returning = undefined;
  }

  /** The connection is gone. `error` says why, if it was no orderly end. */
  unbound(connection: SessionConnection, error: InletError | undefined): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    const lost = error ?? new InletError("INLET_MSRP_CONNECTION_LOST");
    const { returns } = this.#options;
    const unfinished = [...this.#messages.values()].filter(({ receiving }) => receiving);
    if (returns === undefined || unfinished.length === 0 || lost.code !== "INLET_MSRP_CONNECTION_LOST") {
      this.#failAll(lost);
      this.#messages.clear();
    } else {
      for (const message of unfinished) this.#orphans.add(message);
      this.#returning = this.#owner.clock.after(millis(returns), () => {
        this.#failAll(lost);
        this.#messages.clear();
        this.#options.onGone?.(lost.reason);
      });
    }
    if (error !== undefined || unfinished.length > 0) this.#options.onClosed?.(lost.reason);
    else this.#options.onClosed?.();
  }

  /** FILE_OFFSET: from now on, the octets before need not come. Throws what it is refused with. */
  tellOffset(): number {
    const { offset } = this.#options;
    if (offset === undefined) throw new InletError("INLET_MSRP_METHOD_UNKNOWN", "FILE_OFFSET");
    if (this.#stopped !== undefined) throw this.#stopped;
    if (this.#messages.size > 0) throw new InletError("INLET_MSRP_STOPPED", "the message has begun");
    this.#present = offset;
    return offset;
  }

  /** The head of a SEND. Throws what it is refused with. */
  open(request: MsrpRequest): Chunk {
    this.#checkFromPath(request);
    const id = headerOf(request, "Message-ID");
    if (!request.hasBody && !this.#isAll(id))
      return { request, session: this, message: undefined, start: 0, received: 0 };
    if (id === undefined || id === "") throw new InletError("INLET_MSRP_SYNTAX", "no Message-ID");
    if (this.#stopped !== undefined) throw this.#stopped;
    const known = this.#messages.get(id);
    let range: ReturnType<typeof parseByteRange>;
    try {
      const text = headerOf(request, "Byte-Range");
      range = text === undefined ? WHOLE_MESSAGE : parseByteRange(text);
      this.#settleOrphans(known, range.total);
      const message = known ?? this.#begin(id, request, range.total);
      if (message.failure !== undefined) throw message.failure;
      if (!message.receiving) throw new InletError("INLET_MSRP_STOPPED", "the message is complete");
      message.assembly.open(range);
      if (successReportOf(request)) message.successReport = true;
      this.touch();
      return { request, session: this, message, start: range.start - 1, received: 0 };
    } catch (error) {
      if (error instanceof InletError) (known ?? this.#messages.get(id))?.fail(error);
      throw error;
    }
  }

  /** Who comes back goes on with its message; or with another in its place, which need not hold again what is here. */
  #settleOrphans(known: InboundMessage | undefined, total: number | undefined): void {
    if (known !== undefined) this.#orphans.delete(known);
    // An empty message says but that they are back.
    if (this.#orphans.size === 0 || known !== undefined || total === 0) return;
    const lost = new InletError("INLET_MSRP_CONNECTION_LOST");
    for (const message of this.#orphans) {
      const { assembly } = message;
      if (total !== undefined && assembly.total === total) this.#present = assembly.prefix;
      message.fail(lost);
    }
    this.#orphans.clear();
  }

  /** A SEND without a body is the content that is awaited. */
  #isAll(id = ""): boolean {
    return this.#options.empty === true && this.#stopped === undefined && id !== "" && !this.#messages.has(id);
  }

  /** Another chunk of a message, whose head says nothing new but its range. undefined: it needs a closer look. */
  again(message: InboundMessage, request: MsrpRequest, start: number, total: number): Chunk | undefined {
    if (this.#closed || !message.receiving) return undefined;
    try {
      message.assembly.open(total > 0 ? { start, total } : { start });
    } catch (error) {
      if (error instanceof InletError) return undefined;
      throw error;
    }
    return { request, session: this, message, start: start - 1, received: 0 };
  }

  /** Octets came: the transfer is alive. */
  touch(): void {
    this.#lastOctets = this.#owner.clock.elapsed();
    if (this.#stall === undefined) this.#watch(LIMITS.transferStall);
  }

  #begin(messageId: string, request: MsrpRequest, totalSize: number | undefined): InboundMessage {
    const named = headerOf(request, "Content-Type");
    if (named === undefined && request.hasBody)
      throw new InletError("INLET_MSRP_SYNTAX", "a body without Content-Type");
    const contentType = named ?? "application/octet-stream";
    if (named !== undefined && !acceptsType(this.#options.acceptTypes, contentType)) {
      throw new InletError("INLET_MSRP_TYPE_UNSUPPORTED", contentType);
    }
    const maxSize = this.#options.maxSize;
    if (totalSize !== undefined && maxSize !== undefined && totalSize > maxSize) {
      throw new InletError("INLET_TRANSFER_TOO_LARGE", `${maxSize} accepted, ${totalSize} announced`);
    }
    this.#makeRoom();
    const head: MessageHead = {
      messageId,
      contentType,
      otherMimeHeaders: mimeHeaders(request),
      ...(totalSize === undefined ? {} : { totalSize }),
      successReport: successReportOf(request),
      failureReport: failureReportOf(request),
    };
    let sink: MessageSink;
    try {
      sink = this.#options.onMessage(head);
    } catch (error) {
      throw understood(error, this.#owner.log);
    }
    const { began } = this.#options;
    if (began !== undefined && totalSize === began.total) this.#present = began.here;
    const message = new InboundMessage({
      ...{ request, head, sink, maxSize, log: this.#owner.log, present: this.#present },
      unwritten: (failed) => this.#connection?.messageFailed(failed),
      blocked: (until) => this.#connection?.hold(until),
    });
    this.#present = 0;
    this.#messages.set(messageId, message);
    return message;
  }

  /** Ended messages are remembered, so that more octets for them are refused; the oldest makes room. */
  #makeRoom(): void {
    const messages = [...this.#messages.values()];
    if (messages.filter((m) => !m.ended).length >= LIMITS.msrpMessages) {
      throw new InletError("INLET_MSRP_TOO_MANY_PIECES", `${LIMITS.msrpMessages} unfinished messages`);
    }
    const ended = messages.filter((m) => m.ended);
    const oldest = ended[0];
    if (oldest !== undefined && ended.length >= LIMITS.msrpMessages) this.#messages.delete(oldest.id);
  }

  /** The To-Path decides; a From-Path that differs (as in the flow of the service's own document) is only noted. */
  #checkFromPath(request: MsrpRequest): void {
    if (request.fromPath === this.#fromPathChecked) return;
    this.#fromPathChecked = request.fromPath;
    const expected = this.#options.peerPath?.at(-1);
    const actual = request.fromPath.at(-1);
    if (expected === undefined || actual === undefined || expected === actual) return;
    try {
      if (equalMsrpUri(parseMsrpUri(expected), parseMsrpUri(actual))) return;
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
    }
    this.#owner.log("warn", "msrp.fromPathDiffers");
  }

  /** Nothing more is taken, and who sends is told so. */
  #giveUp(error: InletError): void {
    const given = [...this.#messages.values()].filter(({ receiving }) => receiving);
    this.#failAll(error);
    for (const message of given) this.#connection?.messageFailed(message);
  }

  #failAll(error: InletError): void {
    for (const message of this.#messages.values()) message.fail(error);
    for (const timer of [this.#stall, this.#returning]) timer?.[Symbol.dispose]();
    this.#stall = undefined;
    this.#returning = undefined;
    this.#orphans.clear();
  }

  #watch(delay: number): void {
    this.#stall = this.#owner.clock.after(millis(delay), () => {
      this.#stall = undefined;
      const open = [...this.#messages.values()].filter((m) => m.receiving);
      if (open.length === 0) return;
      // That is our doing.
      if (open.some((m) => m.waiting)) this.#lastOctets = this.#owner.clock.elapsed();
      const left = this.#lastOctets + LIMITS.transferStall - this.#owner.clock.elapsed();
      if (left > 0) this.#watch(left);
      else {
        this.#giveUp(new InletError("INLET_TRANSFER_STALLED"));
      }
    });
  }
}

function mimeHeaders(request: MsrpRequest): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    if (key.startsWith("content-") && key !== "content-type") found.set(key, value);
  }
  return found;
}
