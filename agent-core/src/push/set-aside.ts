/**
 * Files whose content is not what was offered (RFC 5547 §8.3.1): kept aside, told as failed, and the person's to decide
 * about. Nothing of them is in the folder, nor in the inbox, unless it is asked for.
 */

import { basename } from "node:path";
import type { Item, OfferRecord } from "../contract/index.ts";
import { InletError, randomToken } from "../kernel/index.ts";
import { type Released, release } from "../store/index.ts";
import { cautionOf } from "./caution.ts";
import type { PushEnvironment } from "./environment.ts";
import { asideId, fileNameOf } from "./file-part.ts";

type RecordedFile = OfferRecord["files"][number];

/** The history as it is shown: files that lie aside say so. */
export const withAside = ({ store }: PushEnvironment, record: OfferRecord): OfferRecord => ({
  ...record,
  files: record.files.map((file) => (isAside(store, record.id, file) ? { ...file, aside: true } : file)),
});

const isAside = (store: PushEnvironment["store"], offer: string, { index, verified, item }: RecordedFile): boolean =>
  verified === "no" && item === undefined && store.quarantine.find(asideId(offer, index)) !== undefined;

/** Puts it into the folder and the inbox, marked as not what was offered. INLET_ITEM_CONTENT_GONE, INLET_FOLDER_*, INLET_DISK_*. */
export async function keepAside(environment: PushEnvironment, offer: string, index: number): Promise<{ item: string }> {
  const { store, folder, clock } = environment;
  environment.useFolder();
  const record = store.findOffer(offer);
  const file = record?.files.find((each) => each.index === index);
  if (record === undefined || file === undefined) throw new InletError("INLET_OFFER_UNKNOWN");
  const id = randomToken(96);
  const keep = ({ path, size, sha1, sha256, sniffed }: Released): void => {
    const name = basename(path);
    const type = file.type?.split(";")[0]?.trim() ?? sniffed ?? "application/octet-stream";
    const caution = cautionOf({ name, type, sniffed });
    const item: Omit<Item, "read"> = {
      id,
      account: record.account,
      kind: "file",
      from: record.from,
      ...(record.channel !== undefined && { channel: record.channel }),
      offer,
      index,
      name,
      type,
      size,
      path,
      sha1,
      sha256,
      verified: "no",
      ...(sniffed !== undefined && { sniffed }),
      ...(caution !== undefined && { caution }),
      acceptedBy: "person",
      receivedAt: new Date(clock.now()).toISOString(),
    };
    store.addItem(item);
    const { outcome, reason } = file;
    environment.notes.write(() => store.updateOfferFile(offer, index, { outcome, reason, item: id }));
  };
  const place = { folder, name: fileNameOf(file), claims: store.claims };
  const released = await release(store.quarantine, asideId(offer, index), place, keep);
  if (released === undefined) throw new InletError("INLET_ITEM_CONTENT_GONE");
  environment.tellItem(id);
  return { item: id };
}

export function discardAside({ store }: PushEnvironment, offer: string, index: number): void {
  if (store.findOffer(offer) === undefined) throw new InletError("INLET_OFFER_UNKNOWN");
  store.quarantine.drop(asideId(offer, index));
}
