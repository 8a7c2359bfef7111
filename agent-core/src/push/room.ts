/**
 * What there is room for when files are accepted: on the disk, in one file of its file system, and within what the person
 * lets all files, those of an account and those of a channel take. What was accepted before and what is accepted together
 * leave room for each other.
 */
import type { Offer } from "../contract/index.ts";
import { InletError } from "../kernel/index.ts";
import { freeSpace, largestFile } from "../store/index.ts";
import type { PushEnvironment } from "./environment.ts";
import type { Underway } from "./underway.ts";

/** Octets that are free on the disk, beside what accepted files still need. undefined where the system does not say. */
export function unpromised({ folder, underway }: Pick<PushEnvironment, "folder" | "underway">): number | undefined {
  const free = freeSpace(folder);
  return free === undefined ? undefined : Math.max(0, free - underway.missing);
}

export class Room {
  readonly #useFolder: () => void;
  readonly #underway: Underway;
  #free: number;
  readonly #largest: number;
  readonly #quotas: { readonly of: string; left: number }[];

  constructor(
    environment: Pick<PushEnvironment, "folder" | "useFolder" | "store" | "quotas" | "underway">,
    { account, channel }: Pick<Offer, "account" | "channel">,
  ) {
    const { folder, useFolder, store, quotas, underway } = environment;
    this.#useFolder = useFolder;
    this.#underway = underway;
    this.#free = unpromised(environment) ?? Number.POSITIVE_INFINITY;
    this.#largest = largestFile(folder);
    const { quota, accountQuota, channelQuota } = quotas();
    const left = (of: string, most: number | undefined, ...files: [account?: string, channel?: string]) =>
      most === undefined ? [] : [{ of, left: most - store.keptOctets(...files) - underway.octets(...files) }];
    this.#quotas = [
      ...left("all files", quota),
      ...left("the account", accountQuota, account),
      ...(channel === undefined ? [] : left("the channel", channelQuota, account, channel)),
    ];
  }

  /**
   * For a file of `size` octets, `here` of which are. INLET_FOLDER_*, INLET_TOO_MANY_TRANSFERS, INLET_DISK_FILE_TOO_LARGE, INLET_QUOTA_FULL, INLET_DISK_FULL. Of a file whose
   * size nobody said, only that there is any room. Gives the most octets that it may have, where that is bounded.
   */
  take(size: number | undefined, here: number): number | undefined {
    this.#useFolder();
    if (this.#underway.full) throw new InletError("INLET_TOO_MANY_TRANSFERS");
    const needs = (size ?? 0) - here;
    if ((size ?? 0) > this.#largest)
      throw new InletError("INLET_DISK_FILE_TOO_LARGE", `${size} octets, at most ${this.#largest}`);
    for (const { of, left } of this.#quotas) {
      if ((size ?? 1) <= left) continue;
      const room = Math.max(0, left);
      const detail = size === undefined ? `size unknown, ${room} octets left` : `${size} octets needed, ${room} left`;
      throw new InletError("INLET_QUOTA_FULL", `${detail} for ${of}`);
    }
    if (needs > this.#free) throw new InletError("INLET_DISK_FULL", `${needs} octets needed, ${this.#free} left`);
    this.#free -= needs;
    const most = Math.min(this.#largest, ...this.#quotas.map(({ left }) => left));
    for (const quota of this.#quotas) quota.left -= size ?? 0;
    return Number.isFinite(most) ? most : undefined;
  }
}
