/**
 * The body of an INVITE that offers files (seed 001 §6.5.2.1 item 8, RFC 5547 §8.2.1): one `sendonly` m-line each, and
 * multipart/related around it where pictures go with it. Pure.
 */
import {
  contentType,
  createFileOffer,
  type FileOffer,
  type Fingerprint,
  formatContentType,
  formatMsrpOffer,
  formatMultipart,
  formatSessionDescription,
  type MsrpLinePlace,
  type MsrpMedia,
  partHeaders,
  placesOf,
  type Setup,
} from "@inlet/agent-core/wire";
import type { OutgoingFile } from "./outgoing-file.ts";

export interface OfferedLine {
  /** Absent: a session without a file, such as a channel's invitation. */
  readonly file?: OutgoingFile;
  /** For `a=path`. */
  readonly path: readonly string[];
  /** Who connects; by default we do. */
  readonly setup?: Setup;
  readonly transferId: string;
  /** No longer, or never, in use: port 0. */
  readonly closed: boolean;
}

export interface OfferBody {
  readonly contentType: string;
  readonly content: string;
}

export interface OfferDescription {
  readonly host: string;
  readonly session: number;
  /** Of o=: one more with each re-offer (RFC 3264 §8). */
  readonly version: number;
  /** The certificate that we show; absent: in the clear. */
  readonly fingerprint?: Fingerprint;
  readonly lines: readonly OfferedLine[];
}

export function formatOfferSdp(offer: OfferDescription): string {
  const addrType = offer.host.includes(":") ? "IP6" : "IP4";
  const description = formatMsrpOffer({
    origin: {
      username: "-",
      sessionId: `${offer.session}`,
      sessionVersion: `${offer.version}`,
      netType: "IN",
      addrType,
      address: offer.host,
    },
    connection: { addrType, address: offer.host },
    lines: offer.lines.map((line) => lineOf(line, offer)),
  });
  return formatSessionDescription(description);
}

function lineOf(line: OfferedLine, { host, fingerprint }: OfferDescription): MsrpMedia & MsrpLinePlace {
  const { file } = line;
  return {
    path: line.path,
    acceptTypes: ["*"],
    acceptWrappedTypes: [],
    setup: line.setup ?? "active",
    protocol: fingerprint === undefined ? "TCP/MSRP" : "TCP/TLS/MSRP",
    // Behind a relay it is the relay's certificate that is seen; and relays and CEMA do not go together (RFC 6714 §4).
    ...(line.path.length === 1 && fingerprint !== undefined && { fingerprints: [fingerprint] }),
    ...(line.path.length === 1 && { cema: true }),
    ...placeOf(line, host),
    direction: "sendonly",
    ...(file?.description !== undefined && { title: file.description }),
    ...(file !== undefined && { file: fileOffer(file, line.transferId) }),
  };
}

/** c= and m= repeat the left-most URI (RFC 4975 §8). */
function placeOf({ path, closed }: OfferedLine, host: string): Pick<MsrpLinePlace, "port" | "connection"> {
  const [place] = placesOf({ path });
  if (place === undefined || closed) return { port: 0 };
  const { host: address, port } = place;
  return address === host
    ? { port }
    : { port, connection: { addrType: address.includes(":") ? "IP6" : "IP4", address } };
}

const fileOffer = (file: OutgoingFile, transferId: string): FileOffer =>
  createFileOffer({
    name: file.name,
    type: file.type,
    size: file.size,
    hashes: file.hashes,
    transferId,
    // Says that we know ranges: the receiver may ask for the rest of what it has (RFC 5547 §8.4). There is no empty one.
    ...(file.size > 0 && { range: { start: 1, stop: file.size } }),
    // Nothing of ours is to be shown without an express action of the receiver (seed 001 §6.5.3.3 1b).
    disposition: "attachment",
    ...(file.modified !== undefined && { dates: { modification: file.modified } }),
    ...(file.icon !== undefined && { iconCid: iconId(transferId) }),
  });

const iconId = (transferId: string): string => `${transferId}@icon.invalid`;

/** Pictures travel as base64: the body has to be text all the way through SIP.js. */
export function formatOfferBody(offer: OfferDescription, boundary: string): OfferBody {
  const sdp = formatOfferSdp(offer);
  const icons = offer.lines.flatMap(({ file, transferId, closed }) =>
    file?.icon === undefined || closed ? [] : [{ ...file.icon, id: iconId(transferId) }],
  );
  if (icons.length === 0) return { contentType: "application/sdp", content: sdp };
  const root = "offer@sdp.invalid";
  const parts = [
    {
      headers: partHeaders({ contentType: contentType("application/sdp"), contentId: root }),
      body: Buffer.from(sdp),
    },
    ...icons.map(({ type, bytes, id }) => ({
      headers: [
        ...partHeaders({
          contentType: contentType(type),
          contentId: id,
          disposition: { type: "icon", parameters: new Map() },
        }),
        ["Content-Transfer-Encoding", "base64"] as const,
      ],
      body: bytes,
    })),
  ];
  const type = contentType("multipart/related", [
    ["type", "application/sdp"],
    ["start", `<${root}>`],
    ["boundary", boundary],
  ]);
  return {
    contentType: formatContentType(type),
    content: Buffer.from(formatMultipart(parts, boundary)).toString("utf8"),
  };
}
