/** A way to one next hop (RFC 5626 §3): what a user agent sends over and names in Via and Contact. */
export interface SipFlow {
  readonly protocol: "TCP" | "TLS" | "UDP" | "WS" | "WSS";
  /** False: transactions retransmit. */
  readonly reliable: boolean;
  readonly localAddress: string;
  readonly localPort: number;
  /** Rejects when the bytes cannot have gone out. */
  send(bytes: Uint8Array): Promise<void>;
}
