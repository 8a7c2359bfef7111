/**
 * What there is room for when files are accepted: on the disk, in one file of its file system, and within what the person
 * lets all files, those of an account and those of a channel take. Lines accepted together leave room for each other.
 */
import type { Offer } from "../contract/index.ts";
import { InletError } from "../kernel/index.ts";
import { freeSpace, largestFile } from "../store/index.ts";
import type { PushEnvironment } from "./environment.ts";

export class Room {
  readonly #useFolder: () => void;
  #free: number;
  readonly #largest: number;
  readonly #quotas: { readonly of: string; left: number }[];

  constructor(
    { folder, useFolder, store, quotas }: Pick<PushEnvironment, "folder" | "useFolder" | "store" | "quotas">,
    { account, channel }: Pick<Offer, "account" | "channel">,
  ) {
    this.#useFolder = useFolder;
    this.#free = freeSpace(folder) ?? Number.POSITIVE_INFINITY;
    this.#largest = largestFile(folder);
    const { quota, accountQuota, channelQuota } = quotas();
    const left = (of: string, most: number | undefined, kept: () => number) =>
      most === undefined ? [] : [{ of, left: most - kept() }];
    this.#quotas = [
      ...left("all files", quota, () => store.keptOctets()),
      ...left("the account", accountQuota, () => store.keptOctets(account)),
      ...(channel === undefined ? [] : left("the channel", channelQuota, () => store.keptOctets(account, channel))),
    ];
  }

  /**
   * For a file of `size` octets, `here` of which are. INLET_FOLDER_*, INLET_DISK_FILE_TOO_LARGE, INLET_QUOTA_FULL, INLET_DISK_FULL. Of a file whose
   * size nobody said, only that there is any room. Gives the most octets that it may have, where that is bounded.
   */
  take(size: number | undefined, here: number): number | undefined {
    this.#useFolder();
    const needs = (size ?? 0) - here;
    if ((size ?? 0) > this.#largest)
      throw new InletError("INLET_DISK_FILE_TOO_LARGE", `${size} octets, at most ${this.#largest}`);
    for (const { of, left } of this.#quotas)
      if ((size ?? 1) > left)
        throw new InletError("INLET_QUOTA_FULL", `${size} octets, ${Math.max(0, left)} left for ${of}`);
    if (needs > this.#free) throw new InletError("INLET_DISK_FULL", `${needs} octets needed, ${this.#free} free`);
    this.#free -= needs;
    const most = Math.min(this.#largest, ...this.#quotas.map(({ left }) => left));
    for (const quota of this.#quotas) quota.left -= size ?? 0;
    return Number.isFinite(most) ? most : undefined;
  }
}
