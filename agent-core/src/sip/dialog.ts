/**
 * Dialogs (RFC 3261 §12): their identity and state as values, requests made in them, sequence numbers checked. Pure.
 * Refuses (INLET_SIP_SYNTAX) to make one of a message without Contact or tag.
 */
import { InletError } from "../kernel/index.ts";
import {
  callIdOf,
  cseqOf,
  formatNameAddr,
  formatUri,
  fromOf,
  type Header,
  headerValues,
  isSipUri,
  type NameAddr,
  parseNameAddr,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  toOf,
} from "../wire/sip/index.ts";

export interface Dialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From of our requests, without tag. */
  readonly local: NameAddr;
  readonly remote: NameAddr;
  /** Request-URI of our requests: the peer's Contact. */
  readonly remoteTarget: string;
  /** Route values, nearest first. */
  readonly routeSet: readonly string[];
  /** Of our last request; 0 before any. */
  readonly localCSeq: number;
  /** Of the peer's last request; undefined before any. */
  readonly remoteCSeq: number | undefined;
}

/** Under which a request finds its dialog. */
export const dialogKey = (callId: string, localTag: string, remoteTag: string): string =>
  `${callId} ${localTag} ${remoteTag}`;

export const keyOf = (dialog: Dialog): string => dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag);

/** The dialog that a request from a peer names: its To tag is ours. */
export const keyOfRequest = (request: SipRequest): string =>
  dialogKey(callIdOf(request), tagOf(toOf(request)), tagOf(fromOf(request)));

export const tagOf = (address: NameAddr): string => address.parameters.get("tag") ?? "";

/** The URI of the first Contact, where it is a SIP URI. */
export function contactOf(message: SipMessage): string | undefined {
  const [value] = headerValues(message, "contact");
  if (value === undefined || value === "*") return undefined;
  const { uri } = parseNameAddr(value, "Contact");
  if (!isSipUri(uri)) throw new InletError("INLET_SIP_URI", `Contact: ${uri.scheme}`);
  return formatUri(uri);
}

function targetOf(message: SipMessage): string {
  const target = contactOf(message);
  if (target === undefined) throw new InletError("INLET_SIP_SYNTAX", "Contact missing");
  return target;
}

const withoutTag = (address: NameAddr): NameAddr => ({
  ...address,
  parameters: new Map([...address.parameters].filter(([name]) => name !== "tag")),
});

/** Ours as the caller: from the request that made it and a response with a To tag (RFC 3261 §12.1.2). */
export function dialogOfCaller(request: SipRequest, response: SipResponse): Dialog {
  const remoteTag = tagOf(toOf(response));
  if (remoteTag === "") throw new InletError("INLET_SIP_SYNTAX", "To without tag");
  return {
    callId: callIdOf(request),
    localTag: tagOf(fromOf(request)),
    remoteTag,
    local: withoutTag(fromOf(request)),
    remote: withoutTag(toOf(request)),
    remoteTarget: targetOf(response),
    routeSet: headerValues(response, "record-route").reverse(),
    localCSeq: cseqOf(request).number,
    remoteCSeq: undefined,
  };
}

/** Ours as the called one: from the request and the tag we answer with (§12.1.1). */
export function dialogOfCalled(request: SipRequest, localTag: string): Dialog {
  return {
    callId: callIdOf(request),
    localTag,
    remoteTag: tagOf(fromOf(request)),
    local: withoutTag(toOf(request)),
    remote: withoutTag(fromOf(request)),
    remoteTarget: targetOf(request),
    routeSet: headerValues(request, "record-route"),
    localCSeq: 0,
    remoteCSeq: cseqOf(request).number,
  };
}

/** Methods whose Contact moves the remote target (§12.2.1.2, RFC 3311 §5.1, RFC 6665 §4.4.1). */
const TARGET_REFRESH = new Set(["INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY"]);

/** Takes a request of the peer into the dialog; undefined when it is out of order (§12.2.2: answered 500). */
export function received(dialog: Dialog, request: SipRequest): Dialog | undefined {
  const { number } = cseqOf(request);
  if (dialog.remoteCSeq !== undefined && number <= dialog.remoteCSeq) return undefined;
  const target = TARGET_REFRESH.has(request.method) ? contactOf(request) : undefined;
  return { ...dialog, remoteCSeq: number, ...(target !== undefined && { remoteTarget: target }) };
}

/** A 2xx to a target-refresh request of ours moves the target too. */
export function refreshed(dialog: Dialog, response: SipResponse): Dialog {
  const target = contactOf(response);
  return target === undefined ? dialog : { ...dialog, remoteTarget: target };
}

/**
 * A request of ours in the dialog, without Via (§12.2.1.1). `cseq` is given for an ACK alone, which has that of its
 * INVITE; every other request counts on. A first route without `lr` is a strict router and becomes the Request-URI.
 */
export function requestIn(
  dialog: Dialog,
  method: string,
  options: { readonly headers?: readonly Header[]; readonly body?: Uint8Array; readonly cseq?: number } = {},
): { readonly dialog: Dialog; readonly request: SipRequest } {
  const number = options.cseq ?? dialog.localCSeq + 1;
  const { requestUri, routes } = routing(dialog);
  const tagged = (address: NameAddr, tag: string): string =>
    formatNameAddr({
      ...address,
      parameters: new Map([...address.parameters, ...(tag === "" ? [] : [["tag", tag] as const])]),
    });
  const request: SipRequest = {
    kind: "request",
    method,
    requestUri,
    headers: [
      ...routes.map((value) => ({ name: "route", value })),
      { name: "max-forwards", value: "70" },
      { name: "from", value: tagged(dialog.local, dialog.localTag) },
      { name: "to", value: tagged(dialog.remote, dialog.remoteTag) },
      { name: "call-id", value: dialog.callId },
      { name: "cseq", value: `${number} ${method}` },
      ...(options.headers ?? []),
    ],
    body: options.body ?? new Uint8Array(0),
  };
  return { dialog: options.cseq === undefined ? { ...dialog, localCSeq: number } : dialog, request };
}

function routing({ remoteTarget, routeSet }: Dialog): { requestUri: string; routes: readonly string[] } {
  const [first, ...others] = routeSet;
  if (first === undefined) return { requestUri: remoteTarget, routes: [] };
  const { uri } = parseNameAddr(first, "Route");
  if (isSipUri(uri) && !uri.parameters.has("lr")) {
    return { requestUri: formatUri(uri), routes: [...others, `<${remoteTarget}>`] };
  }
  return { requestUri: remoteTarget, routes: routeSet };
}
