/**
 * The front of the listener: who comes in, and in what language. The first octet tells a TLS handshake (0x16) from MSRP in
 * the clear, so that both come to one port. Until a session claims its connection a peer is a guest: there are only so many,
 * in all and of one address, and the oldest makes room for the next.
 *
 *   accepted ──an octet of MSRP──────────► entered ──a session──► claimed
 *      └──0x16──► handshaking ──secure────────┘
 *
 * Closed are: who ends without a word, who says nothing in LIMITS.msrpFirstRequest, who takes LIMITS.msrpHandshake for its
 * handshake, and who comes when all connections are claimed.
 */
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import { type Clock, InletError, LIMITS, type Log, millis } from "../kernel/index.ts";
import type { Identity } from "./identity.ts";
import type { ReadGather } from "./read-gather.ts";
import { adopt, type OnRead, type OpenSocket, type ReadMode, readTls } from "./socket.ts";

export interface EntranceOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly buffer: Buffer;
  readonly reading: ReadMode;
  /** At once. */
  readonly connections: number;
  /** Of what comes over TLS. */
  readonly gather: ReadGather;
  /** Without one, TLS is not spoken. */
  readonly identity?: Identity | undefined;
  /** PEM of authorities, instead of the system's. */
  readonly ca?: string | undefined;
  /** Somebody speaks MSRP. `claim`: from now on a session is theirs. */
  entered(open: (read: OnRead) => OpenSocket, claim: () => void): void;
}

interface Guest {
  readonly socket: Socket;
  readonly address: string;
  /** Of the time it has to enter. */
  timer: Disposable;
}

const TLS_HANDSHAKE = 0x16;

/** A server at that address, whose connections an Entrance takes. INLET_MSRP_CONNECTION_FAILED: it cannot be had. */
export async function listenAt(
  host: string,
  port: number,
): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createTcpServer({ pauseOnConnect: true, allowHalfOpen: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(new InletError("INLET_MSRP_CONNECTION_FAILED", cause.message, { cause })));
    server.listen({ host, port }, resolve);
  });
  server.removeAllListeners("error");
  const address = server.address();
  return { server, port: typeof address === "object" && address !== null ? address.port : port };
}

export class Entrance {
  readonly #options: EntranceOptions;
  readonly #tls: TlsServer | undefined;
  /** In the order they came. */
  readonly #guests = new Set<Guest>();
  readonly #claimed = new Set<Socket>();
  /** By address and port, whose handshake is under way. */
  readonly #handshaking = new Map<string, Guest>();
  #left: (() => void) | undefined;

  constructor(options: EntranceOptions) {
    this.#options = options;
    const { identity, ca } = options;
    if (identity === undefined) return;
    const { key, certificate: cert } = identity;
    const policy = { minVersion: "TLSv1.2", requestCert: true, rejectUnauthorized: false } as const;
    this.#tls = createServer({ ...policy, key, cert, ...(ca !== undefined && { ca }) }, (tls) => this.#secured(tls));
    this.#tls.on("tlsClientError", (error, tls) => {
      options.log("info", "msrp.handshakeFailed", { error: error.message });
      tls.destroy();
    });
  }

  accept(accepted: Socket): void {
    const { log, buffer, reading } = this.#options;
    const address = accepted.remoteAddress ?? "";
    if (!this.#makeRoom(address)) {
      log("warn", "msrp.closed", { code: "INLET_MSRP_TOO_MANY_CONNECTIONS" });
      accepted.destroy();
      return;
    }
    const place = `${address} ${accepted.remotePort}`;
    const leave = (): void => void guest.socket.destroy();
    let read: OnRead = (bytes) => {
      guest.socket.removeListener("end", leave);
      if (bytes[0] === TLS_HANDSHAKE && this.#tls !== undefined) {
        this.#time(guest, LIMITS.msrpHandshake);
        this.#handshaking.set(place, guest);
        guest.socket.once("close", () => this.#handshaking.delete(place));
        opened.giveBack(bytes);
        this.#tls.emit("connection", opened.socket);
        return;
      }
      this.#enter(guest, (next) => {
        read = next;
        return opened;
      });
      read(bytes);
    };
    const opened = adopt(accepted, buffer, reading, (bytes) => read(bytes));
    const guest: Guest = { socket: opened.socket, address, timer: { [Symbol.dispose]: () => undefined } };
    this.#guests.add(guest);
    this.#time(guest, LIMITS.msrpFirstRequest);
    guest.socket.on("error", (error) => log("debug", "msrp.socketError", { error: error.message }));
    guest.socket.once("end", leave);
    guest.socket.once("close", () => this.#gone(guest));
  }

  /** Sends away whoever has not entered; resolves when they are gone. Those that have are not its own. */
  async close(): Promise<void> {
    for (const { socket } of [...this.#guests]) socket.destroy();
    if (this.#guests.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#left = resolve;
    });
  }

  /** The oldest guests make room: first of the same address, then of any. */
  #makeRoom(address: string): boolean {
    const same = [...this.#guests].filter((guest) => guest.address === address);
    if (same.length >= LIMITS.msrpUnclaimed) this.#sendAway(same[0]);
    if (this.#guests.size + this.#claimed.size < this.#options.connections) return true;
    const [oldest] = this.#guests;
    this.#sendAway(oldest);
    return oldest !== undefined;
  }

  #sendAway(guest: Guest | undefined): void {
    if (guest === undefined) return;
    this.#options.log("info", "msrp.closed", { code: "INLET_MSRP_TOO_MANY_CONNECTIONS" });
    guest.socket.destroy();
    this.#gone(guest);
  }

  #time(guest: Guest, limit: number): void {
    guest.timer[Symbol.dispose]();
    guest.timer = this.#options.clock.after(millis(limit), () => {
      this.#options.log("info", "msrp.closed", { code: "INLET_MSRP_TIMEOUT" });
      guest.socket.destroy();
    });
  }

  #secured(tls: TLSSocket): void {
    const place = `${tls.remoteAddress ?? ""} ${tls.remotePort}`;
    const guest = this.#handshaking.get(place);
    if (guest === undefined) {
      tls.destroy();
      return;
    }
    this.#handshaking.delete(place);
    tls.disableRenegotiation();
    tls.on("error", () => tls.destroy());
    this.#enter(guest, (read) => {
      const { buffer, reading, gather } = this.#options;
      return readTls(tls, buffer, reading, gather, read);
    });
  }

  #enter(guest: Guest, open: (read: OnRead) => OpenSocket): void {
    // From here on the connection minds the time.
    guest.timer[Symbol.dispose]();
    this.#options.entered(open, () => {
      if (this.#guests.delete(guest)) this.#claimed.add(guest.socket);
    });
  }

  #gone(guest: Guest): void {
    guest.timer[Symbol.dispose]();
    this.#guests.delete(guest);
    this.#claimed.delete(guest.socket);
    if (this.#guests.size === 0) this.#left?.();
  }
}
