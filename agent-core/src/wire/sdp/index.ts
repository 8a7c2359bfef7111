/** Session descriptions (RFC 8866) and this agent's profile of them: MSRP sessions that carry files. */
export {
  createFileOffer,
  type FileOffer,
  type FileRange,
} from "./file-attributes.ts";
export { type Fingerprint, trustedFingerprints } from "./fingerprint.ts";
export { formatMailDate, parseMailDate } from "./mail-date.ts";
export {
  isMsrpMedia,
  type MsrpLinePlace,
  type MsrpMedia,
  readMsrpMedia,
  type Setup,
} from "./msrp-media.ts";
export {
  type AcceptedLine,
  formatMsrpAnswer,
  formatMsrpOffer,
  type MsrpLineDecision,
} from "./msrp-offer-answer.ts";
export { type Place, placesOf } from "./msrp-places.ts";
export * from "./session-description.ts";
