/** Which files of an offer are ticked, and what they take. All that can be received are, until unticked. */
import type { Encryption, Offer, OfferedFile } from "@inlet/agent-core/contract";

export const isAcceptable = ({ unacceptable }: OfferedFile): boolean => unacceptable === undefined;

/** Those a rule of the person rejects: they begin without a tick. */
export const ruledOut = ({ files }: Offer): ReadonlySet<number> =>
  new Set(files.flatMap(({ index, ruling }) => (ruling?.action === "reject" ? [index] : [])));

export const tickedFiles = ({ files }: Offer, unticked: ReadonlySet<number>): readonly OfferedFile[] =>
  files.filter((file) => isAcceptable(file) && !unticked.has(file.index));

/** What holds for all of them, as far as it is known: how the least protected one would come. */
export const leastEncryption = (files: readonly OfferedFile[]): Encryption | undefined =>
  (["none", "unproven", "proven"] as const).find((way) => files.some(({ encryption }) => encryption === way));

/** The sum of the sizes stated, without what is here already, and whether every file stated one. */
export function totalSize(files: readonly OfferedFile[]): { readonly size: number; readonly exact: boolean } {
  let size = 0;
  for (const file of files) size += (file.size ?? 0) - (file.received ?? 0);
  return { size, exact: files.every((file) => file.size !== undefined) };
}
