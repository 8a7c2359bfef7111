/**
 * Offers of files and answers to them (RFC 3264, RFC 5547 §8.2 and §8.3, RFC 6135 §4.2). An answer has the m-lines
 * of its offer in their order; what is not accepted, or is not MSRP, has port 0 and nothing but its transfer id.
 */
import {
  attributeValue,
  type FileRange,
  formatFileRange,
  readFileOffer,
  selectorAttribute,
} from "./file-attributes.ts";
import type { Fingerprint } from "./fingerprint.ts";
import {
  formatMsrpAttributes,
  formatMsrpMedia,
  isMsrpMedia,
  type MsrpLinePlace,
  type MsrpMedia,
  type Setup,
} from "./msrp-media.ts";
import { sdpInvalid } from "./sdp-lines.ts";
import type {
  Attribute,
  Connection,
  Direction,
  MediaDescription,
  Origin,
  SessionDescription,
} from "./session-description.ts";

export interface AcceptedLine {
  readonly accept: true;
  readonly port: number;
  /** Where it differs from that of the whole answer. */
  readonly connection?: Connection;
  readonly path: readonly string[];
  readonly acceptTypes: readonly string[];
  readonly acceptWrappedTypes?: readonly string[];
  readonly maxSize?: number;
  /** Our choice where the offer leaves one (actpass); passive if not said. */
  readonly setup?: "active" | "passive";
  readonly fingerprints?: readonly Fingerprint[];
  readonly cema?: true;
  /** In the answer of a sender to a pull: the selector of the file it chose (§8.3.2), instead of the offer's. */
  readonly selectorRaw?: string;
  /** Less than the offered range or file, where the beginning is here already. */
  readonly range?: FileRange;
}

export type MsrpLineDecision = AcceptedLine | { readonly accept: false };

export interface MsrpAnswer {
  readonly origin: Origin;
  readonly connection: Connection;
  readonly name?: string;
  /** By m-line of the offer; a line that is missing here is refused. */
  readonly lines: readonly (MsrpLineDecision | undefined)[];
}

export interface MsrpOffer {
  readonly origin: Origin;
  readonly connection: Connection;
  readonly name?: string;
  readonly lines: readonly (MsrpMedia & MsrpLinePlace)[];
}

/** An offer of MSRP sessions, one for each file; a push is `sendonly`. */
export function formatMsrpOffer(offer: MsrpOffer): SessionDescription {
  return {
    origin: offer.origin,
    name: offer.name ?? "",
    connection: offer.connection,
    attributes: [],
    media: offer.lines.map((line) => formatMsrpMedia(line, line)),
  };
}

/** Refuses to accept an m-line whose file attributes cannot be read; such a line can only be refused. */
export function formatMsrpAnswer(offer: SessionDescription, answer: MsrpAnswer): SessionDescription {
  return {
    origin: answer.origin,
    name: answer.name ?? "",
    connection: answer.connection,
    // RFC 3264 §6: t= of the answer is that of the offer.
    ...(offer.timing === undefined ? {} : { timing: offer.timing }),
    attributes: [],
    media: offer.media.map((media, index) => {
      const decision = answer.lines[index];
      if (media.port === 0 || decision?.accept !== true || !isMsrpMedia(media)) return refusedLine(media);
      return acceptedLine(media, decision, offer.attributes);
    }),
  };
}

function refusedLine(offered: MediaDescription): MediaDescription {
  const { media, protocol, formats } = offered;
  const attributes = offered.attributes.filter((attribute) => attribute.name === "file-transfer-id");
  return { media, port: 0, protocol, formats, direction: "sendrecv", attributes };
}

function acceptedLine(
  offered: MediaDescription,
  decision: AcceptedLine,
  inherited: readonly Attribute[],
): MediaDescription {
  if (decision.port === 0) throw sdpInvalid("an accepted line needs a port");
  const { media, protocol, formats } = offered;
  const offeredSetup = attributeValue(offered.attributes, "setup") ?? attributeValue(inherited, "setup");
  const setup = offeredSetup === undefined ? undefined : answeredSetup(offeredSetup, decision.setup);
  const { path, acceptTypes, acceptWrappedTypes = [], maxSize, fingerprints, cema } = decision;
  const attributes = [
    ...formatMsrpAttributes({
      path,
      acceptTypes,
      acceptWrappedTypes,
      ...(maxSize === undefined ? {} : { maxSize }),
      ...(setup === undefined ? {} : { setup }),
      ...(fingerprints === undefined ? {} : { fingerprints }),
      ...(cema === undefined ? {} : { cema }),
    }),
    ...answeredFile(offered, decision),
  ];
  const direction = answeredDirection(offered.direction);
  const { port, connection } = decision;
  return { media, port, protocol, formats, ...(connection !== undefined && { connection }), direction, attributes };
}

/** The selector as it stood, the transfer id and the range; never an id that the offer did not have. */
function answeredFile(
  offered: MediaDescription,
  { selectorRaw, range }: Pick<AcceptedLine, "selectorRaw" | "range">,
): readonly Attribute[] {
  const file = readFileOffer(offered.attributes);
  if (file === undefined) return [];
  const attributes: Attribute[] = [selectorAttribute(selectorRaw ?? file.selectorRaw)];
  if (file.transferId !== undefined) attributes.push({ name: "file-transfer-id", value: file.transferId });
  const answered = file.range === undefined ? undefined : (range ?? file.range);
  if (answered !== undefined) attributes.push({ name: "file-range", value: formatFileRange(answered) });
  if (file.asksOffset && range !== undefined) attributes.push({ name: "x-file-offset" });
  return attributes;
}

/** RFC 4145 §4.1. */
function answeredSetup(offered: string, chosen: "active" | "passive" | undefined): Setup {
  const role = offered.toLowerCase();
  if (role === "active") return "passive";
  if (role === "passive") return "active";
  return chosen ?? "passive";
}

/** A `sendrecv` offer is a push to us: this agent sends nothing in a session that it was invited to. */
function answeredDirection(offered: Direction): Direction {
  switch (offered) {
    case "sendonly":
    case "sendrecv":
      return "recvonly";
    case "recvonly":
      return "sendonly";
    case "inactive":
      return "inactive";
  }
}
