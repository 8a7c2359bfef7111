/**
 * The one door to SIP.js 0.21.2, of which only Core is used (transactions, dialogs, user-agent clients and servers).
 * Messages come from our own codec: this file fills SIP.js's incoming messages with parsed values, so that its grammar
 * never runs, and keeps bodies and challenges away from it, because what it does with them is wrong (it takes a multipart
 * offer for none, and throws out of a promise at a body without Content-Type).
 */
import {
  IncomingRequestMessage,
  IncomingResponseMessage,
  LoggerFactory,
  NameAddrHeader,
  URI,
} from "sip.js/lib/core/index.js";
import { AllowedMethods } from "sip.js/lib/core/user-agent-core/allowed-methods.js";
import { InletError, type Log } from "../kernel/index.ts";
import {
  callIdOf,
  cseqOf,
  fromOf,
  headerValue,
  headerValues,
  isSipUri,
  type NameAddr,
  parseNameAddr,
  parseUri,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  type SipUri,
  toOf,
  topVia,
} from "../wire/sip/index.ts";

/** Methods that Inlet's endpoints take inside and outside of dialogs; SIP.js writes them into Allow. */
export const ALLOWED_METHODS = ["INVITE", "ACK", "CANCEL", "BYE", "MESSAGE", "NOTIFY", "OPTIONS"] as const;
AllowedMethods.splice(0, AllowedMethods.length, ...ALLOWED_METHODS);

export class CoreRequest extends IncomingRequestMessage {
  readonly source: SipRequest;
  constructor(source: SipRequest) {
    super();
    this.source = source;
  }
}

export class CoreResponse extends IncomingResponseMessage {
  readonly source: SipResponse;
  constructor(source: SipResponse) {
    super();
    this.source = source;
  }
}

export const coreUri = (uri: SipUri): URI =>
  // SIP.js takes a missing user for the string "undefined" unless it is empty.
  new URI(
    uri.scheme,
    uri.user ?? "",
    uri.host,
    uri.port,
    Object.fromEntries([...uri.parameters].map(([k, v]) => [k, v === "" ? null : v])),
  );

function coreNameAddr(value: NameAddr): NameAddrHeader {
  if (!isSipUri(value.uri)) throw new InletError("INLET_SIP_URI", `scheme ${value.uri.scheme}`);
  const parameters = Object.fromEntries(value.parameters);
  return new NameAddrHeader(coreUri(value.uri), value.displayName ?? "", parameters);
}

/** Headers that Core reads by itself, each handed over parsed. Everything else it only copies or never sees. */
const COPIED = ["via", "from", "to", "call-id", "cseq", "record-route"] as const;

function fill(target: IncomingRequestMessage | IncomingResponseMessage, source: SipMessage): void {
  for (const name of COPIED) for (const value of headerValues(source, name)) target.addHeader(name, value);
  const from = fromOf(source);
  const to = toOf(source);
  target.from = lenientNameAddr(from);
  target.to = lenientNameAddr(to);
  const toHeader = target.headers.To?.[0];
  if (toHeader !== undefined) toHeader.parsed = target.to;
  const fromTag = from.parameters.get("tag");
  const toTag = to.parameters.get("tag");
  if (fromTag !== undefined) target.fromTag = fromTag;
  if (toTag !== undefined) target.toTag = toTag;
  target.callId = callIdOf(source);
  const cseq = cseqOf(source);
  target.cseq = cseq.number;
  target.method = cseq.method;
  target.viaBranch =
    source.kind === "request" ? transactionKey(source) : (topVia(source).parameters.get("branch") ?? "");
  const contact = headerValues(source, "contact")[0];
  if (contact !== undefined && contact !== "*") {
    target.addHeader("contact", contact);
    const header = target.headers.Contact?.[0];
    if (header !== undefined) header.parsed = coreNameAddr(parseNameAddr(contact, "Contact"));
  }
  const event = headerValue(source, "event");
  if (event !== undefined) {
    target.addHeader("event", event);
    const header = target.headers.Event?.[0];
    if (header !== undefined) header.parsed = { event: event.split(";")[0]?.trim().toLowerCase() };
  }
}

/**
 * What makes a request the same transaction (RFC 3261 §17.2.3): branch, sent-by and method, with ACK and CANCEL counted
 * to their INVITE. Core keeps server transactions under this alone; without a branch Call-ID and CSeq stand in for it.
 */
export function transactionKey(request: SipRequest): string {
  const via = topVia(request);
  const method = request.method === "ACK" || request.method === "CANCEL" ? "INVITE" : request.method;
  const branch = via.parameters.get("branch");
  const id = branch?.startsWith("z9hG4bK") ? branch : `${branch ?? ""} ${callIdOf(request)} ${cseqOf(request).number}`;
  return `${id} ${via.host}:${via.port ?? ""} ${method}`;
}

/** From and To may hold a tel: URI; Core only needs some URI there to echo, the tags are what counts. */
function lenientNameAddr(value: NameAddr): NameAddrHeader {
  if (isSipUri(value.uri)) return coreNameAddr(value);
  return new NameAddrHeader(
    new URI("sip", "", "invalid"),
    value.displayName ?? "",
    Object.fromEntries(value.parameters),
  );
}

/** Fails with INLET_SIP_URI where the Request-URI or the Contact is of a scheme Core cannot hold. */
export function toCoreRequest(source: SipRequest): CoreRequest {
  const message = new CoreRequest(source);
  fill(message, source);
  message.method = source.method;
  const uri = parseUri(source.requestUri);
  if (!isSipUri(uri)) throw new InletError("INLET_SIP_URI", `scheme ${uri.scheme}`);
  message.ruri = coreUri({ ...uri, scheme: "sip" });
  return message;
}

export function toCoreResponse(source: SipResponse): CoreResponse {
  const message = new CoreResponse(source);
  fill(message, source);
  message.statusCode = source.status;
  message.reasonPhrase = source.reasonPhrase;
  return message;
}

/** The response as our own value. Core makes some by itself (time-out, lost transport); those have no source. */
export function fromCoreResponse(message: IncomingResponseMessage): SipResponse {
  if (message instanceof CoreResponse) return message.source;
  return {
    kind: "response",
    status: message.statusCode ?? 500,
    reasonPhrase: message.reasonPhrase ?? "",
    headers: [],
    body: new Uint8Array(0),
  };
}

export const isLocal = (response: SipResponse): boolean => response.headers.length === 0;

export function coreLogger(log: Log): LoggerFactory {
  const factory = new LoggerFactory();
  factory.builtinEnabled = false;
  factory.level = 1;
  // Core logs message texts at its debug level only; warnings and errors name states.
  factory.connector = (level, category, _label, content) =>
    log("debug", "sip.core", { level, category, content: `${content}` });
  return factory;
}
