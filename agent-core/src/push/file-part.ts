/** An offered file on disk while it comes: its name, what its part is found again by, and how it lands. */
import type { Offer, OfferedFile } from "../contract/index.ts";
import { randomToken, type SafeFileName } from "../kernel/index.ts";
import { Landing, type LandingOptions, type PartialFile, toSafeFileName } from "../store/index.ts";
import type { PushEnvironment } from "./environment.ts";

type OfOffer = Pick<Offer, "id" | "account" | "from">;

/** The name it will have. */
export const fileNameOf = ({ name }: Pick<OfferedFile, "name">): SafeFileName =>
  toSafeFileName(name === "" ? undefined : name, "Received file");

/** What it is called where it lies aside. */
export const asideId = (offer: string, index: number): string => `${offer}-${index}`;

const senderOf = ({ from }: Pick<Offer, "from">): string => from.asserted ?? from.uri;

/** What a part is found again by. */
export function partFileOf(
  { folder }: PushEnvironment,
  offer: Pick<Offer, "account" | "from">,
  { size, hashes }: OfferedFile,
): Omit<PartialFile, "id" | "name" | "size"> & { readonly size: number | undefined } {
  return { folder, account: offer.account, sender: senderOf(offer), size, hashes };
}

/** Fails with INLET_DISK_FULL or INLET_DISK_FAILED when the folder cannot be written. */
export function beginPart(environment: PushEnvironment, offer: OfOffer, file: OfferedFile): Landing {
  const id = randomToken(96);
  const part = { ...partFileOf(environment, offer, file), id, name: fileNameOf(file) };
  const journal = environment.store.partials.begin(part);
  return Landing.begin({ ...landingOf(environment, offer, file), id, journal });
}

/** What its landing is told, of a new part as of one to go on with. */
export const landingOf = (
  { folder, clock, store }: PushEnvironment,
  offer: OfOffer,
  file: OfferedFile,
): Omit<LandingOptions, "id" | "journal"> => ({
  ...{ folder, clock, name: fileNameOf(file), from: senderOf(offer), claims: store.claims },
  ...{ size: file.size, hashes: file.hashes },
  aside: (path) => store.quarantine.take(path, asideId(offer.id, file.index)),
});
