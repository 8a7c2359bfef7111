/** A request outside of any dialog (RFC 3261 §8.1.1), without Via: what it is made of, and how it counts. Pure but for its sequence. */
import { randomToken } from "../kernel/index.ts";
import {
  addressOfRecord,
  formatNameAddr,
  type Header,
  parseSipUri,
  type SipRequest,
  type SipUri,
} from "../wire/sip/index.ts";
import { type Body, contents } from "./reply.ts";

export interface RequestOptions {
  readonly method: string;
  /** Request-URI. */
  readonly uri: string;
  /** Default: the AOR. */
  readonly to?: string;
  /** Default: the AOR and its display name. A service speaks for more than one address. */
  readonly from?: { readonly uri: string; readonly displayName?: string };
  readonly headers?: readonly Header[];
  readonly body?: Body;
  /** Keeps a Call-ID and counts its CSeq on: a REGISTER and its refreshes (RFC 3261 §10.2). */
  readonly sequence?: Sequence;
}

/** Call-ID, From tag and a running CSeq. */
export interface Sequence {
  readonly callId: string;
  readonly fromTag: string;
  cseq: number;
}

export const newSequence = (): Sequence => ({ callId: randomToken(160), fromTag: randomToken(64), cseq: 0 });

/** Whose request it is, and which way it goes. */
export interface Origin {
  readonly aor: SipUri;
  readonly displayName: string | undefined;
  /** Nearest first. */
  readonly route: readonly string[];
}

/** Counts the sequence on. */
export function outgoingRequest(options: RequestOptions, sequence: Sequence, origin: Origin): SipRequest {
  sequence.cseq++;
  const { aor, displayName, route } = origin;
  const from = options.from ?? { uri: addressOfRecord(aor), ...(displayName !== undefined && { displayName }) };
  const uri = parseSipUri(from.uri);
  const tag = new Map([["tag", sequence.fromTag]]);
  const { headers, body } = contents(options);
  return {
    kind: "request",
    method: options.method,
    requestUri: options.uri,
    headers: [
      ...route.map((value) => ({ name: "route", value })),
      { name: "max-forwards", value: "70" },
      { name: "from", value: formatNameAddr({ ...from, uri, parameters: tag }) },
      { name: "to", value: `<${options.to ?? addressOfRecord(aor)}>` },
      { name: "call-id", value: sequence.callId },
      { name: "cseq", value: `${sequence.cseq} ${options.method}` },
      ...headers,
    ],
    body,
  };
}
