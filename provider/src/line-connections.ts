/**
 * The MSRP connections of one push session: lines whose receiver is reached at the same place, and known by the same
 * certificate, share one (RFC 4975 §5.4).
 */
import { type Clock, InletError, type Log } from "@inlet/agent-core/kernel";
import { type Identity, placeOf, SendConnection } from "@inlet/agent-core/msrp";
import { type MsrpMedia, trustedFingerprints } from "@inlet/agent-core/wire";

/** Files go over TLS. */
export interface Encryption {
  /** Whose certificate is shown; its fingerprint stands in the offer. */
  readonly identity: Identity;
  /** PEM of authorities that vouch for receivers without a fingerprint, instead of the system's. */
  readonly ca?: string | undefined;
}

export class LineConnections implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #opened = new Map<string, Promise<SendConnection>>();
  readonly #over = new AbortController();

  readonly #encryption: Encryption | undefined;

  constructor(clock: Clock, log: Log, encryption: Encryption | undefined) {
    this.#clock = clock;
    this.#log = log;
    this.#encryption = encryption;
  }

  /** The connection for a receiver that answered so; it stays when the line that opened it ends. */
  to(answer: Pick<MsrpMedia, "path" | "fingerprints">): Promise<SendConnection> {
    const encryption = this.#encryption;
    const place = placeOf(answer.path, encryption !== undefined);
    const trusted = trustedFingerprints(answer);
    if (trusted === undefined) throw new InletError("INLET_MSRP_CERTIFICATE", "a=fingerprint weaker than sha-256");
    const key = `${place.host.toLowerCase()} ${place.port} ${trusted.map(({ value }) => value).join(" ")}`;
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const opened = SendConnection.open({
      place,
      secure: encryption && { ...encryption, fingerprints: trusted },
      clock: this.#clock,
      log: this.#log,
      signal: this.#over.signal,
    });
    this.#opened.set(key, opened);
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.all(
      [...this.#opened.values()].map((opened) => opened.then((connection) => connection.close(), ignore)),
    );
  }
}

/** Lines were told that it failed. */
const ignore = (): void => undefined;
