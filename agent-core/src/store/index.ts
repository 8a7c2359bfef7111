/** What is known (SQLite) and what is received (files). A folder is used through its index. */

export { type KeptHashes, sameContent, strongestHash } from "./content-hashes.ts";
export { freeSpace } from "./free-space.ts";
export type { ItemQuery, NewItem } from "./items.ts";
export type { Landed, LandingOptions } from "./landing.ts";
export { Landing } from "./landing.ts";
export { largestFile } from "./largest-file.ts";
/** For tests that make a database of an older version. */
export { MIGRATIONS } from "./migrations/index.ts";
export { offerOutcome } from "./offer-outcome.ts";
export type { OfferFileChange } from "./offers.ts";
export { settleNames, sweepParts } from "./part-file.ts";
export type { Partial, PartialFile } from "./partials.ts";
export { ReceivingFolder } from "./receiving-folder.ts";
export { type Released, release } from "./release.ts";
export { toSafeFileName } from "./safe-file-name.ts";
export { secretKey } from "./secret-key.ts";
export { DATABASE_FILE, Store } from "./store.ts";
