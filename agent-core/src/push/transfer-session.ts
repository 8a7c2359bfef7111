/** Where the octets of one file come from: an MSRP session, or the server that a link names. */
import type { Encryption } from "../contract/index.ts";
import type { InletError, Reason } from "../kernel/index.ts";
import type { MessageHead, MessageSink } from "../msrp/index.ts";
import type { Landed } from "../store/index.ts";
import type { AcceptedLine } from "../wire/sdp/index.ts";

/** Of a file, in octets. */
export interface Extent {
  /** What is here. */
  readonly offset: number;
  /** All that it may have, where that is bounded. */
  readonly most: number | undefined;
}

export interface TransferSession {
  /** What the answer to an INVITE says of it. */
  readonly answer?: Pick<
    AcceptedLine,
    "port" | "path" | "setup" | "fingerprints" | "cema" | "connection" | "maxSize" | "range"
  >;
  /** Nothing can come yet. */
  readonly waiting?: boolean;
  /** Over MSRP: how it comes, as far as is known. */
  readonly encryption?: Encryption;
  /** Octets may come from now on; where that is for Inlet to do, they are asked for. */
  begin(): void;
  /** No more is wanted. */
  stop(error: InletError): void;
  /** The file is recorded. */
  kept?(landed: Landed): void;
  /** Ends it; what is unfinished is aborted. */
  close(error?: InletError): void;
}

export interface TransferEvents {
  /** The file begins. Throws an InletError to refuse it. */
  onMessage(head: Pick<MessageHead, "contentType" | "totalSize" | "otherMimeHeaders">): MessageSink;
  /** It broke off, and may go on within a time. */
  lost?(): void;
  /** Nothing will come. */
  failed(why: Reason): void;
}
