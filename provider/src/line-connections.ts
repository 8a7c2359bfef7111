/**
 * The MSRP connections of one push session: lines whose receiver is reached at the same place, and known by the same
 * certificate, share one (RFC 4975 §5.4). Who connects is what the receiver answered (RFC 6135); through relays of ours it is
 * always they.
 */
import { type Clock, InletError, type Log } from "@inlet/agent-core/kernel";
import { SendConnection } from "@inlet/agent-core/msrp";
import { type MsrpMedia, type Place, placesOf, trustedFingerprints } from "@inlet/agent-core/wire";
import type { LineMedia, SenderMedia } from "./sender-media.ts";

/** What a receiver answered, as far as it says how it is reached. */
export type AnsweredPlace = Pick<MsrpMedia, "path" | "fingerprints" | "setup" | "cema" | "address">;

export interface LineConnection {
  readonly connection: SendConnection;
  /** It may become another one with the time. */
  toPath(): readonly string[];
}

export class LineConnections implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #media: SenderMedia;
  readonly #opened = new Map<string, Promise<SendConnection>>();
  readonly #over = new AbortController();

  constructor(clock: Clock, log: Log, media: SenderMedia) {
    this.#clock = clock;
    this.#log = log;
    this.#media = media;
  }

  /**
   * The connection for a receiver that answered so; it stays when the line that opened it ends. `current`: its path, which may
   * change behind the first hop.
   */
  async to(
    answer: AnsweredPlace,
    { relay, awaited }: LineMedia,
    current: () => readonly string[],
  ): Promise<LineConnection> {
    const { path } = answer;
    const fingerprints = trustedFingerprints(answer);
    if (fingerprints === undefined) throw new InletError("INLET_MSRP_CERTIFICATE", "a=fingerprint weaker than sha-256");
    if (/^msrps:/i.test(path[0] ?? "") !== (this.#media.encryption !== undefined)) {
      throw new InletError("INLET_MSRP_CONNECTION_FAILED", "scheme");
    }
    // RFC 4976 §5.1: the nearest first, which stands last in our own path.
    if (relay !== undefined) {
      return { connection: relay.connection, toPath: () => [...relay.path].reverse().concat(current()) };
    }
    if (awaited !== undefined && answer.setup === "active") {
      return { connection: await awaited.connection({ fingerprints }), toPath: current };
    }
    let why: unknown;
    for (const place of placesOf(answer)) {
      try {
        return { connection: await this.#reach(place, answer, fingerprints), toPath: current };
      } catch (error) {
        why = error;
      }
    }
    throw why;
  }

  #reach(
    place: Place,
    { path }: AnsweredPlace,
    fingerprints: NonNullable<ReturnType<typeof trustedFingerprints>>,
  ): Promise<SendConnection> {
    const key = `${place.host.toLowerCase()} ${place.port} ${fingerprints.map(({ value }) => value).join(" ")}`;
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const { encryption, messages } = this.#media;
    const opened = SendConnection.open({
      place,
      // A middlebox may stand at the place: the certificate is for whom the path names (RFC 6714 §5).
      server: placesOf({ path })[0]?.host,
      secure: encryption && { ...encryption, fingerprints },
      clock: this.#clock,
      log: this.#log,
      messages,
      signal: this.#over.signal,
    });
    this.#opened.set(key, opened);
    const forget = (): void => {
      if (this.#opened.get(key) === opened) this.#opened.delete(key);
    };
    opened.then(({ socket }) => socket.once("close", forget), ignore);
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
