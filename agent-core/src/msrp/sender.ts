/**
 * The sending end of an MSRP session in the active role (RFC 4975 §5.4): its messages go one after another, those of several
 * sessions over one connection side by side. 481 and 506 end the session: no more is sent in it (§10).
 */
import { hostPort, InletError, randomToken } from "../kernel/index.ts";
import { formatEndLine, formatHead, MSRP_PORT, type MsrpResponse } from "../wire/msrp/index.ts";
import { type Place, placesOf } from "../wire/sdp/index.ts";
import { refused } from "./acknowledgements.ts";
import { OutboundMessage } from "./outbound-message.ts";
import { SendConnection, type SendConnectionOptions, type SendingSession } from "./send-connection.ts";
import type { SendOptions, SendResult } from "./send-options.ts";

export interface SenderPaths {
  /** The receiver's path out of its SDP (own relays before it, if any). It may become another one with the time. */
  readonly toPath: readonly string[];
  /** Our own URI, exactly as offered in SDP: see senderPath(). */
  readonly fromPath: string;
}

export interface SenderOptions extends SenderPaths, Omit<SendConnectionOptions, "place"> {}

/** A path URI for a sender, which listens nowhere: the port is a matter of form. */
export const senderPath = (host: string, secure = false, port = MSRP_PORT): string =>
  `${secure ? "msrps" : "msrp"}://${hostPort(host, port)}/${randomToken(128)};tcp`;

/** Where a receiver with this path is connected to. INLET_MSRP_CONNECTION_FAILED where that is not as it was agreed. */
export function placeOf(toPath: readonly string[], secure = false): Place {
  const [first = ""] = toPath;
  if (/^msrps:/i.test(first) !== secure) throw new InletError("INLET_MSRP_CONNECTION_FAILED", "scheme");
  const [place] = placesOf({ path: [first] });
  if (place === undefined) throw new InletError("INLET_MSRP_CONNECTION_FAILED", "no path");
  return place;
}

/** With these, the other side has no such session, or not on this connection. */
const SESSION_OVER: ReadonlySet<number> = new Set([481, 506]);

export class MsrpSender implements SendingSession, AsyncDisposable {
  readonly #paths: SenderPaths;
  readonly #connection: SendConnection;
  readonly #shared: boolean;
  #message: OutboundMessage | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #over: InletError | undefined;

  private constructor(connection: SendConnection, paths: SenderPaths, shared: boolean) {
    this.#paths = paths;
    this.#connection = connection;
    this.#shared = shared;
    connection.join(this);
  }

  /** Over a connection of its own. Fails as SendConnection.open() and placeOf() do. */
  static async connect(options: SenderOptions): Promise<MsrpSender> {
    const connection = await SendConnection.open({
      ...options,
      place: placeOf(options.toPath, options.secure !== undefined),
    });
    return new MsrpSender(connection, options, false);
  }

  /**
   * Over one that other sessions share. It is bound at once, by a SEND without a body: the receiver then keeps the connection
   * for this session when another one's ends.
   */
  static over(connection: SendConnection, paths: SenderPaths): MsrpSender {
    const sender = new MsrpSender(connection, paths, true);
    const transactId = randomToken(96);
    const head = formatHead({
      kind: "request",
      method: "SEND",
      transactId,
      toPath: paths.toPath,
      fromPath: [paths.fromPath],
      headers: [["Message-ID", randomToken(96)]],
      hasBody: false,
    });
    connection.between(`${head}${formatEndLine(transactId, "$")}`);
    return sender;
  }

  get toPath(): readonly string[] {
    return this.#paths.toPath;
  }

  get fromPath(): string {
    return this.#paths.fromPath;
  }

  get closed(): boolean {
    return this.#connection.closed;
  }

  /**
   * Sends one message; a second waits for the first. Rejects with INLET_MSRP_REFUSED (detail: the status),
   * INLET_MSRP_TIMEOUT, INLET_MSRP_CONNECTION_LOST, INLET_TRANSFER_CANCELLED, INLET_TRANSFER_SIZE_MISMATCH, or
   * what the source threw.
   */
  send(options: SendOptions): Promise<SendResult> {
    const result = this.#last.then(() => this.#send(options));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** A message under way fails; a connection of its own ends once what was written has left. */
  async close(): Promise<void> {
    this.#message?.fail(new InletError("INLET_TRANSFER_CANCELLED"));
    await this.#last;
    this.#connection.part(this);
    if (!this.#shared) await this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  responded({ status }: MsrpResponse): void {
    if (!SESSION_OVER.has(status)) return;
    this.#over ??= refused(status);
    this.#message?.fail(this.#over);
  }

  async #send(options: SendOptions): Promise<SendResult> {
    if (this.#over !== undefined) throw this.#over;
    const message = new OutboundMessage(this.#connection, this, options);
    this.#message = message;
    try {
      return await this.#connection.carry(message, () => message.run());
    } finally {
      this.#message = undefined;
    }
  }
}
