/** Ways to one next hop (RFC 5626 §3): what a user agent sends over, and names in Via and Contact. */
import { type Clock, hostPort, type InletError, type Log, type TraceSink } from "../../kernel/index.ts";
import type { SipMessage } from "../../wire/sip/index.ts";

export type SipProtocol = "TCP" | "TLS" | "UDP" | "WS" | "WSS";

export interface SipFlow {
  readonly protocol: SipProtocol;
  /** False: transactions retransmit. */
  readonly reliable: boolean;
  readonly localAddress: string;
  readonly localPort: number;
  /** Rejects when the bytes cannot have gone out. */
  send(bytes: Uint8Array): Promise<void>;
}

export interface FlowHandlers {
  message(message: SipMessage): void;
  /** Once. With an error unless this side closed it. */
  closed(error?: InletError): void;
}

/** A flow that its owner opened and closes. */
export interface OpenFlow extends SipFlow {
  /** Begins to read. `keepAlive`: this side opened it and keeps it alive. */
  start(handlers: FlowHandlers, keepAlive: boolean): void;
  /** The other side answers keep-alives, and may want them every so many seconds (RFC 5626 §5.4, Flow-Timer). */
  promised(seconds?: number): void;
  /** Sends what is queued, then closes. */
  close(): void;
}

export interface FlowOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Is told every message that comes and goes; keep-alives are none. */
  readonly trace?: TraceSink;
}

export interface TlsOptions {
  /** Certificates that are trusted instead of the system's, PEM. */
  readonly ca?: string;
  /** SHA-256 of the one certificate that is trusted, whoever signed it; colon-separated hex. An explicit choice. */
  readonly fingerprint?: string;
}

export interface FlowTarget {
  readonly protocol: SipProtocol;
  /** Address or name. */
  readonly host: string;
  readonly port: number;
  /** Name the certificate must bear and SNI says; default `host`. */
  readonly serverName?: string;
  readonly tls?: TlsOptions;
  /** Milliseconds for the connection to stand. */
  readonly timeout: number;
}

/** How a flow names this side in Via and Contact; a WebSocket has no port of its own (RFC 7118 §5). */
export const sentBy = (flow: SipFlow | undefined): string =>
  flow === undefined ? "127.0.0.1:5060" : hostPort(flow.localAddress, flow.localPort);
