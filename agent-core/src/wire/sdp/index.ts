/** Session descriptions (RFC 8866) and this agent's profile of them: MSRP sessions that carry files. */
export {
  attributeValue,
  createFileOffer,
  type FileDates,
  type FileOffer,
  type FileRange,
  formatFileAttributes,
  readFileOffer,
} from "./file-attributes.ts";
export { type FileHashes, parseHash, strongestHash, type VerifyingAlgorithm } from "./file-hash.ts";
export { type FileSelector, formatFileSelector, parseFileSelector } from "./file-selector.ts";
export { type Fingerprint, trustedFingerprints } from "./fingerprint.ts";
export { formatMailDate, parseMailDate } from "./mail-date.ts";
export {
  formatMsrpMedia,
  isMsrpMedia,
  type MsrpLinePlace,
  type MsrpMedia,
  type MsrpProtocol,
  readMsrpMedia,
  type Setup,
} from "./msrp-media.ts";
export {
  type AcceptedLine,
  formatMsrpAnswer,
  formatMsrpOffer,
  type MsrpAnswer,
  type MsrpLineDecision,
  type MsrpOffer,
} from "./msrp-offer-answer.ts";
export { type Place, placesOf } from "./msrp-places.ts";
export * from "./session-description.ts";
