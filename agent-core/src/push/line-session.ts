/**
 * The MSRP session of an accepted line, and who connects to whom: the offerer (RFC 4975 §5.4), unless it says or allows
 * otherwise (RFC 6135), then we, to the path or to c= and m= (RFC 6714). An account's relays take connections for it
 * (RFC 4976).
 */
import type { Encryption } from "../contract/index.ts";
import { ERRORS, InletError, LIMITS, millis, type Reason, reason } from "../kernel/index.ts";
import type { MessageHead, MessageSink, MsrpSession, RelayLink } from "../msrp/index.ts";
import { type AcceptedLine, type MsrpMedia, placesOf, trustedFingerprints } from "../wire/sdp/index.ts";
import { beside } from "./beside-the-file.ts";
import { CarriedMessage } from "./carried-message.ts";
import type { PushEnvironment, Reach } from "./environment.ts";
import { receivedTypes } from "./taken-types.ts";
import type { Extent, TransferEvents, TransferSession } from "./transfer-session.ts";

export interface LineSessionOptions extends Extent, TransferEvents {
  readonly environment: PushEnvironment;
  readonly account: string;
  readonly media: MsrpMedia;
  /** There is another path: the sender is to be told of the answer as it is now. `needed`: by the old one nothing comes. */
  moved(needed: boolean): void;
}

/** Before each further try to connect. */
const PAUSES = [1_000, 4_000];

export class LineSession implements TransferSession {
  readonly #options: LineSessionOptions;
  readonly #active: boolean;
  #session: MsrpSession;
  #relay: RelayLink | undefined;
  #relayMoves: Disposable | undefined;
  /** The message, which may go on by another path or connection. */
  #message: CarriedMessage | undefined;
  /** It has begun, and cannot. */
  #fixed = false;
  #pause: Disposable | undefined;
  #over = false;

  constructor(options: LineSessionOptions) {
    const { environment, account, media } = options;
    const reach = environment.reach(account);
    this.#options = options;
    this.#active = isActive(media.setup, reach);
    // We connect without it; and one that is spoken to in another way than was offered is of no use.
    const relayed = !this.#active && reach.relay?.path[0]?.startsWith(this.#secure ? "msrps:" : "msrp:") === true;
    this.#relay = relayed ? reach.relay : undefined;
    this.#session = this.#expect();
  }

  get #secure(): boolean {
    return this.#options.media.protocol === "TCP/TLS/MSRP";
  }

  #expect(): MsrpSession {
    const { environment, account, media, offset } = this.#options;
    const { size } = media.file ?? {};
    const message = this.#message;
    this.#relay?.lost.addEventListener("abort", this.#relayLost);
    this.#relayMoves = this.#relay?.moved(() => {
      if (this.#message?.over !== true) this.#options.moved(false);
    });
    return environment.msrp.expect({
      acceptTypes: receivedTypes(environment.takenTypes),
      peerPath: media.path,
      host: environment.reach(account).host,
      relay: this.#relay,
      ...(size === 0 && { empty: true }),
      ...(message !== undefined && size !== undefined && { began: { total: size, here: message.here } }),
      ...(media.file?.asksOffset && { offset }),
      ...(this.#secure && { secure: { fingerprints: trustedFingerprints(media) ?? [] } }),
      onMessage: (head) => this.#onMessage(head),
      ...(this.#relay === undefined && { returns: LIMITS.msrpReturn }),
      onClosed: (why) => this.#closed(why),
      onGone: (why) => this.#options.failed(why),
    });
  }

  #closed(why: Reason | undefined): void {
    if (why?.code === "INLET_MSRP_CERTIFICATE") this.#options.failed(why);
    if (why?.code !== "INLET_MSRP_CONNECTION_LOST" || this.#relay !== undefined || this.#over) return;
    this.#options.lost?.();
    if (this.#active) void this.#connect();
  }

  get answer(): NonNullable<TransferSession["answer"]> {
    const { environment, media, most } = this.#options;
    const { port, fingerprint } = environment.msrp;
    const here = this.#message?.here ?? 0;
    const size = media.file?.size ?? 0;
    const path = [...(this.#relay?.path ?? []), this.#session.path];
    return {
      // c= and m= repeat the left-most URI (RFC 4975 §8).
      ...(this.#relay === undefined ? { port } : addressOf(path)),
      path,
      setup: this.#active ? "active" : "passive",
      // Of the message, whose envelope comes on top of the file (RFC 4975 §8.6).
      ...(most !== undefined && { maxSize: most + LIMITS.cpimHeaders }),
      ...(this.#message?.broken === true && here > 0 && here < size && { range: { start: here + 1, stop: size } }),
      ...(this.#secure && fingerprint && { fingerprints: [fingerprint] }),
      // Relays and CEMA do not go together (RFC 6714 §4).
      ...(media.cema && media.path.length === 1 && path.length === 1 && { cema: media.cema }),
    };
  }

  #onMessage(head: MessageHead): MessageSink {
    const { size, type } = this.#options.media.file ?? {};
    // Of a file that may be empty an empty message is all.
    return size === undefined || size === 0 ? this.#begin(head) : beside(head, type, () => this.#begin(head));
  }

  #begin(head: MessageHead): MessageSink {
    const { media, offset } = this.#options;
    const message = this.#message;
    if (message?.broken === true) return message.part(this.#returnsAt(head, message.here));
    const sink = this.#options.onMessage(head);
    this.#fixed = /^message\/cpim\b/i.test(head.contentType);
    if (this.#fixed) return sink;
    const start = head.totalSize === media.file?.size ? 0 : offset;
    this.#message = new CarriedMessage(sink, start);
    return this.#message.part(start);
  }

  /** Octets of the file before what a lost sender sends: its end, or all of it, without a gap behind what is here. */
  #returnsAt({ totalSize = 0 }: MessageHead, here: number): number {
    const start = (this.#options.media.file?.size ?? 0) - totalSize;
    return start >= 0 && start < here ? start : here;
  }

  get encryption(): Encryption {
    if (this.#options.media.protocol === "TCP/MSRP") return "none";
    return this.#session.proven ? "proven" : "unproven";
  }

  /** The answer is acknowledged. */
  begin(): void {
    if (this.#active) void this.#connect();
  }

  /** What still comes is answered with the error's status and dropped. */
  stop(error: InletError): void {
    this.#end();
    this.#session.stop(error);
  }

  close(error?: InletError): void {
    this.#end();
    this.#session.close(error);
  }

  /** Every place in turn, and all of them again where that may help. */
  async #connect(): Promise<void> {
    const { media, failed } = this.#options;
    let why: InletError | undefined;
    for (const pause of [0, ...PAUSES]) {
      if (pause > 0) await this.#wait(pause);
      for (const place of placesOf(media)) {
        if (this.#over) return;
        try {
          await this.#session.connect(media.path, place);
          return;
        } catch (error) {
          why = error instanceof InletError ? error : new InletError("INLET_INTERNAL", `${error}`);
        }
        if (ERRORS[why.code].retryable !== true) break;
      }
      if (why !== undefined && ERRORS[why.code].retryable !== true) break;
    }
    if (!this.#over && why !== undefined) failed(why.reason);
  }

  #wait(delay: number): Promise<undefined> {
    return new Promise((resolve) => {
      const timer = this.#options.environment.clock.after(millis(delay), () => resolve(undefined));
      this.#pause = {
        [Symbol.dispose]: () => {
          timer[Symbol.dispose]();
          resolve(undefined);
        },
      };
    });
  }

  readonly #relayLost = (): void => {
    if (!this.#fixed && this.#message?.over !== true) void this.#move();
  };

  /** To the path that the relays grant next. */
  async #move(): Promise<void> {
    const next = await Promise.race([this.#relay?.next, this.#wait(LIMITS.relayReturn)]);
    this.#pause?.[Symbol.dispose]();
    if (this.#over) return;
    if (next === undefined) {
      this.#options.failed(reason("INLET_MSRP_CONNECTION_LOST", "the relay is gone"));
      return;
    }
    this.#session.close();
    this.#relayMoves?.[Symbol.dispose]();
    this.#relay = next;
    this.#session = this.#expect();
    this.#options.moved(true);
  }

  #end(): void {
    this.#over = true;
    this.#relay?.lost.removeEventListener("abort", this.#relayLost);
    this.#relayMoves?.[Symbol.dispose]();
    this.#pause?.[Symbol.dispose]();
  }
}

function addressOf(path: readonly string[]): Pick<AcceptedLine, "port" | "connection"> {
  const [{ host, port } = { host: "", port: 0 }] = placesOf({ path });
  return { port, connection: { addrType: host.includes(":") ? "IP6" : "IP4", address: host } };
}

/** RFC 6135 §4.2; without a=setup the offerer connects. */
function isActive(offered: MsrpMedia["setup"], { behindNat }: Reach): boolean {
  return offered === "passive" || (offered === "actpass" && behindNat);
}
