/**
 * What an m-line says about its file (RFC 5547 §6): file-selector and its siblings, and the names of the draft that
 * the seed's sample uses (`disposition`, `icon`, `not-render`). Refuses a selector, transfer id or range that cannot
 * be understood; a date or icon that cannot is left out, since neither decides anything.
 */
import type { EpochMillis } from "../../kernel/index.ts";
import { type FileSelector, formatFileSelector, parseFileSelector } from "./file-selector.ts";
import { formatMailDate, parseMailDate } from "./mail-date.ts";
import { percentDecode, percentEncode } from "./percent-encoding.ts";
import { sdpInvalid } from "./sdp-lines.ts";
import type { Attribute } from "./session-description.ts";

/** Octets of the file, counted from 1, both inclusive. */
export interface FileRange {
  readonly start: number;
  readonly stop: number | "*";
}

export interface FileDates {
  readonly creation?: EpochMillis;
  readonly modification?: EpochMillis;
  readonly read?: EpochMillis;
}

export interface FileOffer extends FileSelector {
  /** As it stood (unfolded), for the answer to copy. Empty: only the capability is stated. */
  readonly selectorRaw: string;
  readonly transferId?: string;
  /** `render`, `attachment`, or an extension; lower case. Absent: not to be rendered by itself. */
  readonly disposition?: "render" | "attachment" | (string & {});
  readonly dates?: FileDates;
  /** Content-ID of a part of the same body, without angle brackets. */
  readonly iconCid?: string;
  readonly range?: FileRange;
  /** a=x-file-offset, of clients by AG Projects: the sender asks over MSRP how much of the file is there. */
  readonly asksOffset?: true;
  /** Which names the offer used, for the answer to use the same. */
  readonly dialect: "rfc5547" | "draft";
}

/** A file to be offered; the selector is made from what is known of it. */
export const createFileOffer = (
  file: Omit<FileOffer, "selectorRaw" | "dialect"> & { readonly dialect?: FileOffer["dialect"] },
): FileOffer => ({ dialect: "rfc5547", ...file, selectorRaw: formatFileSelector(file) });

/** The value of an attribute, without blanks around it; "" for a property. Refuses one given twice. */
export function attributeValue(attributes: readonly Attribute[], name: string): string | undefined {
  const [attribute, second] = attributes.filter((candidate) => candidate.name === name);
  if (second !== undefined) throw sdpInvalid(`second a=${name}`);
  return attribute === undefined ? undefined : (attribute.value ?? "").trim();
}

/** `undefined` where the m-line has no file-selector: it carries messages, not a file. */
export function readFileOffer(attributes: readonly Attribute[]): FileOffer | undefined {
  const selectorRaw = attributeValue(attributes, "file-selector");
  if (selectorRaw === undefined) return undefined;
  const selector = parseFileSelector(selectorRaw);
  const transferId = parseTransferId(attributeValue(attributes, "file-transfer-id"));
  const disposition = attributeValue(attributes, "file-disposition");
  const icon = attributeValue(attributes, "file-icon");
  const draftDisposition = attributeValue(attributes, "disposition");
  const draftIcon = attributeValue(attributes, "icon");
  const usesDraft = draftDisposition !== undefined || draftIcon !== undefined;
  const usesRfc = transferId !== undefined || disposition !== undefined || icon !== undefined;
  const kind = parseDisposition(disposition ?? draftDisposition);
  const dates = parseDates(attributeValue(attributes, "file-date"));
  const iconCid = parseIcon(icon ?? draftIcon);
  const range = parseFileRange(attributeValue(attributes, "file-range"), selector.size);
  return {
    ...selector,
    selectorRaw,
    ...(transferId === undefined ? {} : { transferId }),
    ...(kind === undefined ? {} : { disposition: kind }),
    ...(dates === undefined ? {} : { dates }),
    ...(iconCid === undefined ? {} : { iconCid }),
    ...(range === undefined ? {} : { range }),
    ...(attributeValue(attributes, "x-file-offset") === undefined ? {} : { asksOffset: true }),
    dialect: usesDraft && !usesRfc ? "draft" : "rfc5547",
  };
}

/** Wider than the token of §6: deployed senders put base64 here. */
function parseTransferId(text: string | undefined): string | undefined {
  if (text !== undefined && !/^[!-~]{1,255}$/.test(text)) throw sdpInvalid("file-transfer-id");
  return text;
}

function parseDisposition(text: string | undefined): string | undefined {
  const value = text?.split(";", 1)[0]?.trim().toLowerCase();
  if (value === undefined || value === "") return undefined;
  return value === "not-render" ? "attachment" : value;
}

const DATE_KINDS = ["creation", "modification", "read"] as const;

function parseDates(text: string | undefined): FileDates | undefined {
  if (text === undefined) return undefined;
  const dates: { creation?: EpochMillis; modification?: EpochMillis; read?: EpochMillis } = {};
  // Between quotes stand the dates, before each quote its kind: creation:"…" modification:"…"
  const pieces = text.split('"');
  for (let i = 0; i + 1 < pieces.length; i += 2) {
    const kind = DATE_KINDS.find((name) => pieces[i]?.trim().toLowerCase() === `${name}:`);
    const at = parseMailDate(pieces[i + 1] ?? "");
    if (kind !== undefined && at !== undefined) dates[kind] ??= at;
  }
  return Object.keys(dates).length === 0 ? undefined : dates;
}

/** Blanks inside, as in the seed's `cid:id2@ push-…`, mean nothing. */
function parseIcon(text: string | undefined): string | undefined {
  const url = text?.replace(/[ \t<>]/g, "");
  if (url === undefined || url.slice(0, 4).toLowerCase() !== "cid:" || url.length === 4) return undefined;
  return percentDecode(url.slice(4));
}

function parseFileRange(text: string | undefined, size: number | undefined): FileRange | undefined {
  if (text === undefined) return undefined;
  const match = /^([0-9]{1,16})-([0-9]{1,16}|\*)$/.exec(text);
  const start = Number(match?.[1]);
  const stop = match?.[2] === "*" ? "*" : Number(match?.[2]);
  if (match === null || !Number.isSafeInteger(start) || start < 1) throw sdpInvalid("file-range");
  if (stop !== "*" && (!Number.isSafeInteger(stop) || stop < start)) throw sdpInvalid("file-range");
  if (size !== undefined && (start > size || (stop !== "*" && stop > size))) throw sdpInvalid("file-range beyond size");
  return { start, stop };
}

export const formatFileRange = (range: FileRange): string => `${range.start}-${range.stop}`;

/** The attributes of an m-line that offers the file, in the names of its dialect. */
export function formatFileAttributes(file: FileOffer): readonly Attribute[] {
  const draft = file.dialect === "draft";
  const attributes: Attribute[] = [selectorAttribute(file.selectorRaw)];
  if (file.transferId !== undefined) attributes.push({ name: "file-transfer-id", value: file.transferId });
  if (file.disposition !== undefined) {
    const value = draft && file.disposition === "attachment" ? "not-render" : file.disposition;
    attributes.push({ name: draft ? "disposition" : "file-disposition", value });
  }
  if (file.dates !== undefined) attributes.push({ name: "file-date", value: formatDates(file.dates) });
  if (file.iconCid !== undefined) {
    attributes.push({ name: draft ? "icon" : "file-icon", value: `cid:${percentEncode(file.iconCid, escapeInCid)}` });
  }
  if (file.range !== undefined) attributes.push({ name: "file-range", value: formatFileRange(file.range) });
  return attributes;
}

export const selectorAttribute = (selectorRaw: string): Attribute =>
  selectorRaw === "" ? { name: "file-selector" } : { name: "file-selector", value: selectorRaw };

/** RFC 3986 pchar without "%", which begins an escape. */
const escapeInCid = (code: number): boolean => !/[0-9A-Za-z\-._~!$&'()*+,;=:@]/.test(String.fromCharCode(code));

const formatDates = (dates: FileDates): string =>
  DATE_KINDS.flatMap((kind) => {
    const at = dates[kind];
    return at === undefined ? [] : [`${kind}:"${formatMailDate(at)}"`];
  }).join(" ");
