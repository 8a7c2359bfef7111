/**
 * The one MSRP listener of an agent (RFC 4975 §5.4): sessions are told apart by the session-id in the To-Path,
 * several may share a connection. Plain and encrypted ones come to the same port. Owns its connections, the active ones too,
 * and its sessions.
 */
import type { Server } from "node:net";
import type { SecureContext } from "node:tls";
import {
  type Clock,
  hostPort,
  InletError,
  LIMITS,
  type Log,
  millis,
  randomToken,
  silentLog,
  type TraceSink,
} from "../kernel/index.ts";
import { equalMsrpUri, parseMsrpUri } from "../wire/msrp/index.ts";
import { type Fingerprint, type Place, placesOf } from "../wire/sdp/index.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import { Entrance, listenAt } from "./entrance.ts";
import type { Identity } from "./identity.ts";
import type { MsrpSession, ReceiveOptions } from "./msrp-session.ts";
import { ReadGather } from "./read-gather.ts";
import { ReadTurn } from "./read-turn.ts";
import { ReceiveSession, type SessionOwner } from "./receive-session.ts";
import { dial, type ReadMode, secureContext, sharedReadBuffer } from "./socket.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly log?: Log;
  /** Is told the heads of what comes and goes. */
  readonly trace?: TraceSink;
  /** How accepted sockets are read; `data` forces the fallback of `onread`. */
  readonly reading?: ReadMode;
  /** Accepted ones at once; never above LIMITS.msrpConnections. */
  readonly connections?: number;
  /** Whose certificate is shown. Without one there are no encrypted sessions. */
  readonly identity?: Identity;
  /**
   * PEM of authorities that have to vouch for peers without a fingerprint. Without it the system's may, and who is not
   * vouched for is taken too, unproven.
   */
  readonly ca?: string;
}

export class MsrpListener implements ConnectionOwner, SessionOwner, AsyncDisposable {
  readonly clock: Clock;
  readonly log: Log;
  readonly trace?: TraceSink;
  readonly host: string;
  readonly port: number;
  /** Of the certificate that is shown. */
  readonly fingerprint?: Fingerprint;
  readonly vouched: boolean;
  readonly turn = new ReadTurn();
  readonly #authority: string;
  readonly #server: Server;
  readonly #buffer = sharedReadBuffer();
  readonly #gather = new ReadGather();
  readonly #entrance: Entrance;
  readonly #secure: SecureContext | undefined;
  readonly #connections = new Set<Connection>();
  /** Those that we opened, by where they go. */
  readonly #dialed = new Map<string, Promise<Connection>>();
  readonly #sessions = new Map<string, ReceiveSession>();
  #reading: ReadMode | undefined;
  #closed: Promise<void> | undefined;
  #allGone: (() => void) | undefined;

  private constructor(server: Server, port: number, options: ListenOptions) {
    const host = options.host;
    this.#server = server;
    this.clock = options.clock;
    this.log = options.log ?? silentLog;
    if (options.trace !== undefined) this.trace = options.trace;
    this.host = options.host;
    this.port = port;
    this.#authority = hostPort(host, port);
    const { identity, ca } = options;
    this.vouched = ca !== undefined;
    if (identity !== undefined) {
      this.fingerprint = identity.fingerprint;
      this.#secure = secureContext(identity, ca);
    }
    this.#entrance = new Entrance({
      clock: this.clock,
      log: this.log,
      buffer: this.#buffer,
      reading: options.reading ?? "onread",
      gather: this.#gather,
      connections: Math.min(LIMITS.msrpConnections, options.connections ?? LIMITS.msrpConnections),
      identity,
      ca,
      entered: (open, claim) => {
        const connection = new Connection(this, open, claim);
        this.#connections.add(connection);
        this.#reading = connection.mode;
      },
    });
    server.on("connection", (socket) => this.#entrance.accept(socket));
    server.on("error", (error) => this.log("error", "msrp.listener", { error: error.message }));
  }

  /** Rejects with INLET_MSRP_CONNECTION_FAILED when the address cannot be had. */
  static async listen(options: ListenOptions): Promise<MsrpListener> {
    const { server, port } = await listenAt(options.host, options.port);
    return new MsrpListener(server, port, options);
  }

  /** It listens at every address of this computer: which one a peer is to use, whoever knows the way has to say. */
  get anywhere(): boolean {
    return this.host === "0.0.0.0" || this.host === "::";
  }

  /** How the last accepted connection is read. */
  get reading(): ReadMode | undefined {
    return this.#reading;
  }

  /** Connections open, for tests and counters. */
  get connections(): number {
    return this.#connections.size;
  }

  /** A new session with a path of its own; it lives until its close(). */
  expect(options: ReceiveOptions): MsrpSession {
    const authority = options.host === undefined ? this.#authority : hostPort(options.host, this.port);
    const session = new ReceiveSession(this, authority, options);
    this.#sessions.set(parseMsrpUri(session.path).sessionId ?? session.path, session);
    return session;
  }

  /** A URI of ours that no session has. */
  ownUri(secure: boolean): string {
    return `${secure ? "msrps" : "msrp"}://${this.#authority}/${randomToken(128)};tcp`;
  }

  /** Ends every session and connection; resolves when no socket is left. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  find(uri: string | undefined): ReceiveSession | undefined {
    if (uri === undefined) return undefined;
    const parsed = parseMsrpUri(uri);
    const session = parsed.sessionId === undefined ? undefined : this.#sessions.get(parsed.sessionId);
    if (session === undefined || session.path === uri) return session;
    return equalMsrpUri(parsed, parseMsrpUri(session.path)) ? session : undefined;
  }

  forget(session: ReceiveSession): void {
    this.#sessions.delete(parseMsrpUri(session.path).sessionId ?? session.path);
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#allGone?.();
  }

  async connect(session: ReceiveSession, peerPath: readonly string[], place: Place | undefined): Promise<void> {
    const [peer = ""] = peerPath;
    const { secure, host } = parseMsrpUri(peer);
    if (secure !== session.secure) throw new InletError("INLET_MSRP_CONNECTION_FAILED", "scheme");
    const [stated] = placesOf({ path: [peer] });
    const to = place ?? stated;
    if (to === undefined) throw new InletError("INLET_MSRP_CONNECTION_FAILED", "no place");
    const connection = await this.#reach(to, secure ? host : undefined);
    try {
      await connection.bindActively(session, peerPath);
    } catch (error) {
      connection.release(session);
      session.unbound(connection, error instanceof InletError ? error : undefined);
      if (connection.unused) connection.close();
      throw error;
    }
  }

  /** A connection of its own to that place, over TLS where the server has a name to prove. */
  open(place: Place, server: string | undefined): Promise<Connection> {
    return this.#dial(place, server);
  }

  /** The connection to that place, over TLS where the server has a name to prove: the one that is there, or a new one. */
  async #reach(place: Place, server: string | undefined): Promise<Connection> {
    const key = `${place.host} ${place.port} ${server}`;
    const known = this.#dialed.get(key);
    if (known !== undefined) {
      const connection = await known;
      if (connection.open) return connection;
    }
    const opening = this.#dial(place, server);
    this.#dialed.set(key, opening);
    const forget = (): void => {
      if (this.#dialed.get(key) === opening) this.#dialed.delete(key);
    };
    opening.then((connection) => connection.socket.once("close", forget), forget);
    return opening;
  }

  async #dial(place: Place, server: string | undefined): Promise<Connection> {
    if (this.#closed !== undefined) throw new InletError("INLET_STOPPING");
    const context = this.#secure;
    const secure =
      server === undefined || context === undefined ? undefined : { context, server, gather: this.#gather };
    if (server !== undefined && secure === undefined) throw new InletError("INLET_MSRP_CONNECTION_FAILED", "no TLS");
    const connection = new Connection(this, (read) => dial(place, this.#buffer, read, secure));
    this.#connections.add(connection);
    let late = false;
    const timer = this.clock.after(millis(LIMITS.msrpTransaction), () => {
      late = true;
      connection.destroy();
    });
    try {
      await connection.connected();
      return connection;
    } catch (error) {
      throw late ? new InletError("INLET_MSRP_TIMEOUT") : error;
    } finally {
      timer[Symbol.dispose]();
    }
  }

  async #close(): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of [...this.#sessions.values()]) session.close(new InletError("INLET_STOPPING"));
    if (this.#connections.size > 0) {
      const gone = new Promise<void>((resolve) => {
        this.#allGone = resolve;
      });
      for (const connection of [...this.#connections]) connection.close();
      // A peer that does not take its last answers is not waited for.
      const timer = this.clock.after(millis(LIMITS.stop), () => {
        for (const connection of [...this.#connections]) connection.destroy();
      });
      await gone;
      timer[Symbol.dispose]();
    }
    await this.#entrance.close();
    await stopped;
  }
}
