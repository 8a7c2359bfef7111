/**
 * Asks relays to take messages for us (RFC 4976 §5.1): a connection to the nearest, AUTH to it and through it to each further
 * one, again before the time granted is over, and all of it again after a while when it breaks.
 *
 *   connecting ──every relay has granted a path──► ready ──connection or grant lost──► lost ──back-off──► connecting
 *        └──credentials refused──► rejected              (`retry` goes there at once)
 */
import type { Socket } from "node:net";
import { type Clock, InletError, type Log, millis, type Reason, randomToken } from "../kernel/index.ts";
import {
  boundedExpires,
  formatAuth,
  headerOf,
  type MsrpResponse,
  parseMsrpUri,
  type RelayPath,
  readRelayPath,
} from "../wire/msrp/index.ts";
import { type Place, placesOf } from "../wire/sdp/index.ts";
import {
  answerChallenge,
  chooseChallenge,
  type DigestChallenge,
  type DigestInput,
  formatCredentials,
  parseAuthenticationInfo,
  parseChallenges,
  qopOf,
  sameProof,
  serverProof,
} from "../wire/sip/index.ts";
import type { SecurePeer } from "./peer-proof.ts";

export interface RelayOptions {
  /** `msrps://relay.example.net:2855;tcp`, the nearest first; each further one is reached through those before it. */
  readonly relays: readonly string[];
  readonly user: string;
  readonly password: string;
}

export interface RelayView {
  readonly state: "connecting" | "ready" | "lost" | "rejected";
  readonly reason?: Reason;
  /** Milliseconds until the next attempt, in state `lost`. */
  readonly retryIn?: number;
}

/** A connection to a relay, of a receiver or of a sender. */
export interface RelayConnection {
  readonly socket: Socket;
  request(format: (transactId: string) => string): Promise<MsrpResponse>;
  /** Throws INLET_MSRP_CERTIFICATE. */
  prove(peer: SecurePeer): boolean;
  /** From now on it is the link's. */
  serve?(link: RelayLink): void;
  close(): unknown;
}

export interface RelayEnvironment<C extends RelayConnection> {
  readonly endpoint: {
    /** A connection to that place, over TLS where the server has a name to prove. */
    open(place: Place, server: string | undefined): Promise<C>;
    /** A URI of ours that no session has. */
    ownUri(secure: boolean): string;
  };
  readonly clock: Clock;
  readonly log: Log;
  changed(view: RelayView): void;
}

/** The relays' path to us, for as long as the connection to the nearest lasts. */
export interface RelayLink {
  /** What stands before our own URI in a=path. The relays may grant another one in the course of time. */
  readonly path: readonly string[];
  /** They do; that before lasts a while yet. */
  moved(tell: () => void): Disposable;
  /** Aborted when nothing can come any more. */
  readonly lost: AbortSignal;
  /** What follows when it is lost, as soon as the relays have granted it; undefined: nothing does. */
  readonly next: Promise<RelayLink | undefined>;
}

/** Seconds. A relay that says nothing is asked again after ten minutes; so is any, to notice when it is gone. */
const REFRESH = 600;
const LONGEST_WAIT = 300_000;
/** AUTHs to one relay in a row: a challenge, a stale nonce, a time out of bounds and the one that succeeds. */
const TRIES = 5;

interface Known {
  readonly challenge: DigestInput["challenge"];
  count: number;
}

class Link<C extends RelayConnection> implements RelayLink {
  readonly #lost = new AbortController();
  readonly connection: C;
  readonly #tell = new Set<() => void>();
  #path: readonly string[] = [];
  next: Promise<RelayLink | undefined> = Promise.resolve(undefined);

  constructor(connection: C) {
    this.connection = connection;
    connection.socket.once("close", () => this.#lost.abort());
  }

  get path(): readonly string[] {
    return this.#path;
  }

  grant(path: readonly string[]): void {
    const moved = this.#path.length > 0 && path.join(" ") !== this.#path.join(" ");
    this.#path = path;
    if (moved) for (const tell of [...this.#tell]) tell();
  }

  moved(tell: () => void): Disposable {
    this.#tell.add(tell);
    return { [Symbol.dispose]: () => void this.#tell.delete(tell) };
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }
}

export class RelayClient<C extends RelayConnection = RelayConnection> implements Disposable {
  readonly #options: RelayOptions;
  readonly #environment: RelayEnvironment<C>;
  /** By relay. */
  readonly #known = new Map<string, Known>();
  #link: Link<C> | undefined;
  /** Whoever lost a link waits for it. */
  #granted = Promise.withResolvers<RelayLink | undefined>();
  #failures = 0;
  #running = false;
  #stopped = false;
  /** Ends the wait under way. */
  #wake: (() => void) | undefined;

  /** Fails with INLET_MSRP_SYNTAX where a relay's URI is none. */
  constructor(options: RelayOptions, environment: RelayEnvironment<C>) {
    for (const relay of options.relays) parseMsrpUri(relay);
    this.#options = options;
    this.#environment = environment;
  }

  /** While a path is granted. */
  get link(): (RelayLink & { readonly connection: C }) | undefined {
    return this.#link === undefined || this.#link.path.length === 0 ? undefined : this.#link;
  }

  /** Now, whatever was waited for; also after credentials were refused. */
  retry(): void {
    this.#failures = 0;
    if (this.#stopped) return;
    if (this.#running) this.#wake?.();
    else void this.#run();
  }

  /** The network came back, or the computer woke: what is waited for is tried now, and what seems to stand is asked. */
  awake(): void {
    if (this.#running) this.retry();
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#link?.connection.close();
    this.#granted.resolve(undefined);
    this.#wake?.();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (!this.#stopped) {
      const why = await this.#hold();
      this.#link?.connection.close();
      this.#link = undefined;
      if (this.#stopped) break;
      const rejected = /^INLET_AUTH_/.test(why.code);
      // Half of it is chance, so that clients of a relay that was gone do not come back all at once.
      const wait = Math.min(2 ** Math.min(this.#failures++, 10) * 1000, LONGEST_WAIT) * (0.5 + Math.random() / 2);
      this.#environment.log("info", "msrp.relay.lost", { code: why.code, detail: why.detail });
      this.#tell(
        rejected ? { state: "rejected", reason: why.reason } : { state: "lost", reason: why.reason, retryIn: wait },
      );
      if (rejected) {
        this.#follow(undefined);
        break;
      }
      await this.#pause(wait);
    }
    this.#running = false;
  }

  /** Connects, and keeps the grant, until something breaks: that is the result. */
  async #hold(): Promise<InletError> {
    const { endpoint } = this.#environment;
    const [first = ""] = this.#options.relays;
    this.#tell({ state: "connecting" });
    try {
      const { secure, host } = parseMsrpUri(first);
      const [place] = placesOf({ path: [first] });
      if (place === undefined) throw new InletError("INLET_MSRP_CONNECTION_FAILED", "no place");
      const connection = await endpoint.open(place, secure ? host : undefined);
      this.#link = new Link(connection);
      if (this.#stopped) return new InletError("INLET_STOPPING");
      connection.serve?.(this.#link);
      connection.prove({ fingerprints: [], vouched: true });
      const own = endpoint.ownUri(secure);
      let followed: Link<C> | undefined;
      for (;;) {
        const seconds = await this.#authorize(this.#link, own);
        this.#failures = 0;
        if (followed !== this.#link) this.#follow(this.#link);
        followed = this.#link;
        this.#tell({ state: "ready" });
        await this.#pause(Math.min((seconds * 2) / 3, REFRESH) * 1000, this.#link.lost);
        if (this.#link.lost.aborted || this.#stopped) return new InletError("INLET_MSRP_CONNECTION_LOST");
      }
    } catch (error) {
      if (error instanceof InletError) return error;
      throw error;
    }
  }

  #follow(link: Link<C> | undefined): void {
    const granted = this.#granted;
    this.#granted = Promise.withResolvers();
    if (link !== undefined) link.next = this.#granted.promise;
    granted.resolve(link);
  }

  /** One relay after the other. Resolves with the seconds that all of them grant. */
  async #authorize(link: Link<C>, own: string): Promise<number> {
    let path: readonly string[] = [];
    let granted = Number.POSITIVE_INFINITY;
    for (const relay of this.#options.relays) {
      // Through those that have granted their path, the nearest first; Use-Path has it last (RFC 4976 §5.1).
      const { usePath, expires = REFRESH } = await this.#ask(link.connection, [...path].reverse(), relay, own);
      path = usePath;
      granted = Math.min(granted, expires);
    }
    link.grant(path);
    return granted;
  }

  async #ask(connection: C, through: readonly string[], relay: string, own: string): Promise<RelayPath> {
    let expires: number | undefined;
    let asked = false;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const input = this.#sign(relay);
      const request = {
        toPath: [...through, relay],
        fromPath: own,
        expires,
        authorization: input && credentials(input),
      };
      const response = await connection.request((transactId) => formatAuth({ ...request, transactId }));
      if (response.status === 200) {
        this.#checkProof(relay, response, input);
        return readRelayPath(response);
      }
      if (response.status === 401) {
        const challenge = challengeOf(response);
        // A nonce of an earlier time may have grown old; one that was just given is refused for what was answered.
        if (asked && !challenge.stale) throw new InletError("INLET_AUTH_REJECTED", relay);
        asked = true;
        this.#known.set(relay, { challenge, count: 0 });
      } else {
        const bounded = response.status === 423 ? boundedExpires(response, expires) : undefined;
        if (bounded === undefined) throw new InletError("INLET_MSRP_REFUSED", `${response.status} of ${relay}`);
        expires = bounded;
      }
    }
    throw new InletError("INLET_AUTH_REJECTED", relay);
  }

  #sign(relay: string): DigestInput | undefined {
    const known = this.#known.get(relay);
    if (known === undefined) return undefined;
    known.count++;
    const { challenge, count } = known;
    const { user, password } = this.#options;
    return { challenge, user, password, method: "AUTH", uri: relay, cnonce: randomToken(96), count };
  }

  /** RFC 7616 §3.5, where the relay gives one; the nonce to use next may come with it. */
  #checkProof(relay: string, response: MsrpResponse, input: DigestInput | undefined): void {
    const text = headerOf(response, "Authentication-Info");
    if (text === undefined || input === undefined) return;
    const { rspauth, nextnonce } = parseAuthenticationInfo(text);
    if (rspauth !== undefined && qopOf(input.challenge) !== undefined) {
      if (!sameProof(rspauth, serverProof(input, new Uint8Array(0)))) {
        throw new InletError("INLET_AUTH_SERVER_UNPROVEN", relay);
      }
    }
    if (nextnonce !== undefined) {
      this.#known.set(relay, { challenge: { ...input.challenge, nonce: nextnonce }, count: 0 });
    }
  }

  async #pause(delay: number, over?: AbortSignal): Promise<void> {
    if (over?.aborted || this.#stopped) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    over?.addEventListener("abort", () => resolve(), { once: true });
    using _ = this.#environment.clock.after(millis(delay), resolve);
    await promise;
    this.#wake = undefined;
  }

  #tell(view: RelayView): void {
    if (!this.#stopped) this.#environment.changed(view);
  }
}

const credentials = (input: DigestInput): string => formatCredentials(answerChallenge(input));

function challengeOf(response: MsrpResponse): DigestChallenge {
  const text = headerOf(response, "WWW-Authenticate") ?? "";
  const chosen = chooseChallenge(parseChallenges(text));
  if (chosen === undefined || chosen === "tooWeak") throw new InletError("INLET_AUTH_UNSUPPORTED");
  return chosen;
}
