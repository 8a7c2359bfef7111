/**
 * What an INVITE offers (seed 001 §6.5.1.1, RFC 5547 §8.3.1): its files line by line, who it is from, for which
 * service and application, and the pictures that came with it. Refuses (INLET_SDP_INVALID, INLET_MULTIPART_INVALID,
 * INLET_BODY_TYPE_UNSUPPORTED) what holds no readable offer; a single line that cannot be received is marked so.
 */
import type { Encryption, OfferedFile, Party, Reason } from "../contract/index.ts";
import { InletError, LIMITS, reason } from "../kernel/index.ts";
import { strongestHash } from "../store/index.ts";
import { findPart, findPartById, type MultipartPart, readBodyParts } from "../wire/multipart/index.ts";
import {
  isMsrpMedia,
  type MediaDescription,
  type MsrpMedia,
  parseSessionDescription,
  readMsrpMedia,
  type SessionDescription,
  trustedFingerprints,
} from "../wire/sdp/index.ts";
import { headerValue, parseSeconds, pushReferences, type SipRequest } from "../wire/sip/index.ts";
import { addressIn, senderOf } from "./sender.ts";
import { isTaken } from "./taken-types.ts";

export interface Icon {
  readonly type: string;
  readonly bytes: Uint8Array;
}

export interface OfferedLine {
  readonly file: OfferedFile;
  /** Where it is sent, or where it lies; neither when the line cannot be received. */
  readonly media?: MsrpMedia;
  readonly link?: { readonly url: string; readonly expiration?: number | undefined };
  readonly icon?: Icon;
}

export const isReceivable = ({ media, link }: OfferedLine): boolean => media !== undefined || link !== undefined;

/** What is offered, whatever it came by. */
export interface Offered {
  readonly from: Party;
  /** Whom the core was asked for, as it says. */
  readonly to?: string;
  readonly service?: string;
  readonly application?: string;
  readonly subject?: string;
  /** The Session Identity: the sender's Contact (seed 001 §6.5.1.1, RFC 4579). */
  readonly session?: string;
  /** One for each m-line, or link, in order. */
  readonly lines: readonly OfferedLine[];
  /** Nobody decides after this (milliseconds since 1970). Default: LIMITS.offerDecision from now. */
  readonly decideBy?: number;
}

export interface Invitation extends Offered {
  readonly description: SessionDescription;
}

/** Raster pictures only: anything else is left out (a picture must not be able to do anything). */
const ICON_TYPES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** RFC 7315 §4.2: the Request-URI names but our Contact. */
function calledParty(request: SipRequest): Pick<Offered, "to"> {
  const to = addressIn(request, "p-called-party-id");
  return to === undefined ? {} : { to };
}

/** Of an invitation's parts: they change nothing about it. */
const PASSED_OVER = /^(?:application\/sdp|text\/.*|image\/.*|application\/(?:x-)?(?:pkcs7|pgp)-signature)$/;

/** It is not to be passed over by whoever does not know it (RFC 3261 §20.11). */
const isRequired = ({ disposition }: MultipartPart): boolean =>
  disposition?.parameters.get("handling")?.toLowerCase() === "required";

/** The session description of a request, alone or among other parts. */
export function readDescription(request: SipRequest): {
  readonly description: SessionDescription;
  readonly parts: readonly MultipartPart[];
} {
  const type = headerValue(request, "content-type");
  if (request.body.length === 0 || type === undefined) throw new InletError("INLET_SDP_INVALID", "no offer");
  const parts = readBodyParts(type, request.body);
  const sdp = findPart(parts, "application/sdp");
  const foreign = parts.find(
    (part) => part !== sdp && isRequired(part) && !PASSED_OVER.test(part.contentType.mediaType),
  );
  if (sdp === undefined || foreign !== undefined)
    throw new InletError("INLET_BODY_TYPE_UNSUPPORTED", (foreign?.contentType.mediaType ?? type).slice(0, 80));
  return { description: parseSessionDescription(sdp.body), parts };
}

/** `now`: milliseconds since 1970; `taken`: the types that are, undefined for all. */
export function readInvitation(request: SipRequest, now: number, taken?: readonly string[]): Invitation {
  const { description, parts } = readDescription(request);
  const lines = description.media.map((media, index) => readLine(media, index, description, parts, taken));
  const subject = headerValue(request, "subject");
  return {
    from: senderOf(request),
    ...calledParty(request),
    ...pushReferences(request),
    ...(subject !== undefined && { subject }),
    ...sessionIdentity(request),
    ...lapse(request, now),
    description,
    lines,
  };
}

/** RFC 3261 §13.3.1: an invitation may say how long it is good for. */
function lapse(request: SipRequest, now: number): { decideBy?: number } {
  const seconds = parseSeconds(headerValue(request, "expires") ?? "");
  return seconds === undefined ? {} : { decideBy: now + Math.min(seconds * 1000, LIMITS.offerDecision) };
}

function sessionIdentity(request: SipRequest): { session?: string } {
  const session = addressIn(request, "contact");
  return session === undefined ? {} : { session };
}

function readLine(
  media: MediaDescription,
  index: number,
  description: SessionDescription,
  parts: readonly MultipartPart[],
  taken: readonly string[] | undefined,
): OfferedLine {
  const refuse = (why: Reason): OfferedLine => ({ file: { index, name: media.media, hashes: {}, unacceptable: why } });
  if (media.port === 0) return refuse(reason("INLET_SDP_NO_ACCEPTABLE_MEDIA", "closed line"));
  if (!isMsrpMedia(media)) return refuse(reason("INLET_SDP_NO_ACCEPTABLE_MEDIA", `${media.media} ${media.protocol}`));
  let msrp: MsrpMedia;
  try {
    msrp = readMsrpMedia(media, description);
  } catch (error) {
    if (error instanceof InletError) return refuse(error.reason);
    throw error;
  }
  const icon = iconOf(msrp, parts);
  const file = describe(media, msrp, index, icon);
  const unacceptable = whyNot(media, msrp, taken);
  if (unacceptable !== undefined) return { file: { ...file, unacceptable } };
  return { file, media: msrp, ...(icon !== undefined && { icon }) };
}

function whyNot(media: MediaDescription, msrp: MsrpMedia, taken: readonly string[] | undefined): Reason | undefined {
  if (!isTaken(msrp, taken)) return reason("INLET_SDP_TYPES_UNSUPPORTED", msrp.acceptTypes.join(" ").slice(0, 80));
  if (msrp.protocol === "TCP/TLS/MSRP" && trustedFingerprints(msrp) === undefined) {
    return reason("INLET_SDP_NO_ACCEPTABLE_MEDIA", "a=fingerprint weaker than sha-256");
  }
  // A line that asks us to send is a pull; Inlet gives nothing away unasked.
  if (media.direction === "recvonly") return reason("INLET_SDP_NO_ACCEPTABLE_MEDIA", media.direction);
  const { range, size, hashes } = msrp.file ?? {};
  const toTheEnd = range === undefined || range.stop === "*" || range.stop === size;
  // What cannot be recognised is never put together.
  const recognisable = size !== undefined && strongestHash(hashes ?? {}) !== undefined;
  if (!toTheEnd || (range !== undefined && range.start > 1 && !recognisable)) {
    return reason("INLET_SDP_NO_ACCEPTABLE_MEDIA", "a part of a file");
  }
  return undefined;
}

function describe(media: MediaDescription, msrp: MsrpMedia, index: number, icon: Icon | undefined): OfferedFile {
  const file = msrp.file;
  const modified = file?.dates?.modification ?? file?.dates?.creation;
  return {
    index,
    // Without a selector it is a plain MSRP message; it gets a name when it is stored.
    name: file?.name ?? media.title ?? "",
    hashes: file?.hashes ?? {},
    ...(file?.type !== undefined && { type: file.type }),
    ...(file?.size !== undefined && { size: file.size }),
    ...(media.title !== undefined && { description: media.title }),
    ...(file?.disposition !== undefined && { disposition: file.disposition }),
    ...(file?.transferId !== undefined && { id: file.transferId }),
    ...(modified !== undefined && { modifiedAt: new Date(modified).toISOString() }),
    ...(icon !== undefined && { hasIcon: true }),
    encryption: encryptionOf(msrp),
  };
}

function encryptionOf(msrp: MsrpMedia): Encryption {
  if (msrp.protocol === "TCP/MSRP") return "none";
  return (trustedFingerprints(msrp) ?? []).length > 0 ? "proven" : "unproven";
}

/** A missing, broken, foreign or large picture never fails the offer (RFC 5547 §8.8). */
function iconOf(msrp: MsrpMedia, parts: readonly MultipartPart[]): Icon | undefined {
  const cid = msrp.file?.iconCid;
  const part = cid === undefined ? undefined : findPartById(parts, cid);
  if (part === undefined || part.body.length === 0 || part.body.length > LIMITS.fileIcon) return undefined;
  const type = part.contentType.mediaType;
  return ICON_TYPES.has(type) ? { type, bytes: part.body } : undefined;
}
