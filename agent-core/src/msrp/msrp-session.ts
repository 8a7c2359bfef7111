/** An MSRP session at the receiving end, as its user sees it. */
import type { InletError, Reason } from "../kernel/index.ts";
import type { Place } from "../wire/sdp/index.ts";
import type { MessageHead, MessageSink } from "./inbound-message.ts";
import type { SecurePeer } from "./peer-proof.ts";
import type { RelayLink } from "./relay-client.ts";

export interface ReceiveOptions {
  /** The `accept-types` agreed; `*` takes everything. */
  readonly acceptTypes: readonly string[];
  /** Octets of one MSRP message, wrapper included. */
  readonly maxSize?: number;
  /** The peer's path out of its SDP. A From-Path that differs is logged, not refused. */
  readonly peerPath?: readonly string[];
  /** Our address in its path, where the listener's own says nothing. */
  readonly host?: string | undefined;
  /** The session is encrypted, its peer known by this. */
  readonly secure?: SecurePeer;
  /** It comes through relays: who sends is theirs to know (RFC 4976 §9). */
  readonly relay?: RelayLink | undefined;
  /** What is awaited has no octets: a SEND without a body is all of it, and not only there to bind. */
  readonly empty?: boolean;
  /** Octets of the first message that are here, for a sender that asks for their number (FILE_OFFSET). */
  readonly offset?: number;
  /** A message of so many octets began elsewhere: what of it is here need not come again. */
  readonly began?: { readonly total: number; readonly here: number };
  /** How long unfinished messages wait for another connection, in ms. Default: they are aborted with the one they came by. */
  readonly returns?: number;
  /** A new message begins. Throws InletError to refuse it; its MSRP status is the answer. */
  onMessage(head: MessageHead): MessageSink;
  /**
   * The connection ended; with a reason when that was no orderly end between two messages. With INLET_MSRP_CERTIFICATE
   * the session is over: whoever connected was not the peer.
   */
  onClosed?(reason?: Reason): void;
  /** No other connection came in time: unfinished messages were aborted. */
  onGone?(reason: Reason): void;
}

export interface MsrpSession extends Disposable {
  /** The URI for `a=path`. */
  readonly path: string;
  /** A connection is bound. */
  readonly bound: boolean;
  /** Of its last connection it is known who was at the other end. */
  readonly proven: boolean;
  /**
   * The active role (offers with a=setup:passive): connects, by default to the left-most URI, and binds with an empty SEND.
   * Sessions with the same place share a connection. Rejects with INLET_MSRP_CONNECTION_FAILED, INLET_MSRP_TIMEOUT,
   * INLET_MSRP_CONNECTION_LOST, INLET_MSRP_REFUSED, INLET_MSRP_CERTIFICATE.
   */
  connect(peerPath: readonly string[], place?: Place): Promise<void>;
  /** The receiver wants no more: what is sent is answered with the error's status and dropped. */
  stop(error: InletError): void;
  /** Ends the session; what is unfinished is aborted, answers already due still go out. */
  close(error?: InletError): void;
}
