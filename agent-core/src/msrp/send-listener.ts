/**
 * Where receivers connect to a sender (RFC 6135 §4, the passive role): a session is awaited by the URI that was offered, and
 * has the connection on which somebody names it first.
 */
import type { Server } from "node:net";
import { hostPort, InletError, LIMITS, millis, randomToken, silentLog } from "../kernel/index.ts";
import { Entrance, listenAt } from "./entrance.ts";
import type { Identity } from "./identity.ts";
import type { SecurePeer } from "./peer-proof.ts";
import { ReadGather } from "./read-gather.ts";
import { SendConnection, type SendEnvironment } from "./send-connection.ts";
import { sharedReadBuffer } from "./socket.ts";

export interface SendListenerOptions extends SendEnvironment {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Sessions are encrypted, and are shown this. */
  readonly identity?: Identity | undefined;
  /** PEM of authorities that vouch for receivers, instead of the system's. */
  readonly ca?: string | undefined;
}

/** A session that a receiver may come for, until it is disposed of. */
export interface AwaitedReceiver extends Disposable {
  /** The URI for `a=path`. */
  readonly path: string;
  /**
   * Its connection, whose other end is `peer` where it is encrypted. INLET_MSRP_TIMEOUT: nobody came;
   * INLET_MSRP_CERTIFICATE: somebody else did.
   */
  connection(peer: SecurePeer): Promise<SendConnection>;
}

interface Awaited {
  connection: SendConnection | undefined;
  came(connection: SendConnection): void;
}

export class SendListener implements AsyncDisposable {
  readonly port: number;
  readonly #options: SendListenerOptions;
  readonly #server: Server;
  readonly #entrance: Entrance;
  readonly #connections = new Set<SendConnection>();
  /** By URI. */
  readonly #awaited = new Map<string, Awaited>();

  private constructor(server: Server, port: number, options: SendListenerOptions) {
    const { log = silentLog, clock, identity, ca } = options;
    this.#server = server;
    this.#options = options;
    this.port = port;
    this.#entrance = new Entrance({
      ...{ clock, log, identity, ca },
      buffer: sharedReadBuffer(),
      reading: "onread",
      connections: LIMITS.msrpConnections,
      gather: new ReadGather(),
      entered: (open, claim) => {
        const connection = SendConnection.accepted(open, options, (uri, named) => {
          const awaited = this.#isAwaited(uri, named);
          if (awaited) claimed();
          return awaited;
        });
        const timer = clock.after(millis(LIMITS.msrpFirstRequest), () => connection.socket.destroy());
        const claimed = (): void => {
          timer[Symbol.dispose]();
          claim();
        };
        this.#connections.add(connection);
        connection.socket.once("close", () => {
          timer[Symbol.dispose]();
          this.#connections.delete(connection);
        });
      },
    });
    server.on("connection", (socket) => this.#entrance.accept(socket));
    server.on("error", (error) => log("error", "msrp.listener", { error: error.message }));
  }

  /** Rejects with INLET_MSRP_CONNECTION_FAILED when the address cannot be had. */
  static async listen(options: SendListenerOptions): Promise<SendListener> {
    const { server, port } = await listenAt(options.host, options.port);
    return new SendListener(server, port, options);
  }

  /** A new session, at `host` as receivers reach us. */
  expect(host: string): AwaitedReceiver {
    const scheme = this.#options.identity === undefined ? "msrp" : "msrps";
    const path = `${scheme}://${hostPort(host, this.port)}/${randomToken(128)};tcp`;
    const came = Promise.withResolvers<SendConnection>();
    this.#awaited.set(path, { connection: undefined, came: came.resolve });
    return {
      path,
      connection: (peer) => this.#connection(came.promise, peer),
      [Symbol.dispose]: () => this.#awaited.delete(path),
    };
  }

  async #connection(came: Promise<SendConnection>, peer: SecurePeer): Promise<SendConnection> {
    const late = Promise.withResolvers<never>();
    using _ = this.#options.clock.after(millis(LIMITS.transferStall), () =>
      late.reject(new InletError("INLET_MSRP_TIMEOUT", "nobody has connected")),
    );
    const connection = await Promise.race([came, late.promise]);
    connection.prove(peer);
    return connection;
  }

  /** A session has but one connection (RFC 4975 §5.4). */
  #isAwaited(uri: string, connection: SendConnection): boolean {
    const awaited = this.#awaited.get(uri);
    if (awaited === undefined || connection.secure !== (this.#options.identity !== undefined)) return false;
    awaited.connection ??= connection;
    awaited.came(awaited.connection);
    return awaited.connection === connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    await this.#entrance.close();
    await stopped;
  }
}
