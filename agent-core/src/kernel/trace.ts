/** What the machinery tells about each message that crosses a socket. A side channel like the log: it returns at once. */

export type TraceProtocol = "UDP" | "TCP" | "TLS" | "WS" | "WSS" | "MSRP" | "MSRPS" | "HTTP" | "HTTPS";

export interface TracedMessage {
  readonly direction: "in" | "out";
  readonly protocol: TraceProtocol;
  /** `address:port`; of a WebSocket the peer's alone is known. */
  readonly local: string;
  readonly remote: string;
  /** Start line and headers, up to the empty line. Not kept after the call. */
  readonly head: Uint8Array | string;
  readonly body?: Uint8Array;
  /** It could not be understood. */
  readonly malformed?: boolean;
}

export type TraceSink = (message: TracedMessage) => void;
