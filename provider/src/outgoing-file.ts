/** A file as it is offered: name, size, type, date and hashes (RFC 5547 §6). The hashes are made by streaming. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { type EpochMillis, epochMillis, InletError, LIMITS } from "@inlet/agent-core/kernel";
import { mediaTypeOf } from "./media-types.ts";

export interface FileToPush {
  readonly path: string;
  /** Instead of the octets on disk; called twice, and the same both times. `path` then only names them. */
  readonly content?: () => AsyncIterable<Uint8Array>;
  /** Default: the last part of the path. */
  readonly name?: string;
  /** Default: by the name's extension. */
  readonly type?: string;
  /** A sentence for a person. */
  readonly description?: string;
  /** A small PNG or JPEG that is shown beside the offer; a larger one is left out. */
  readonly icon?: string;
}

export interface OutgoingFile {
  readonly path: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
  readonly modified?: EpochMillis;
  /** Algorithm → upper-case hex pairs between colons. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly icon?: { readonly type: string; readonly bytes: Uint8Array };
  readonly content?: () => AsyncIterable<Uint8Array>;
}

const ICON_TYPES = new Set(["image/png", "image/jpeg"]);

/** Fails with INLET_FILE_UNREADABLE, or INLET_TRANSFER_CANCELLED after `signal`. */
export async function readOutgoingFile(file: FileToPush, signal?: AbortSignal): Promise<OutgoingFile> {
  const name = file.name ?? basename(file.path);
  const icon = file.icon === undefined ? undefined : await readIcon(file.icon);
  const [sha1, sha256] = [createHash("sha1"), createHash("sha256")];
  let size = 0;
  try {
    const modified = file.content === undefined ? await modifiedAt(file.path) : undefined;
    for await (const piece of octetsOf(file)) {
      if (signal?.aborted === true) throw new InletError("INLET_TRANSFER_CANCELLED");
      sha1.update(piece);
      sha256.update(piece);
      size += piece.length;
    }
    return {
      path: file.path,
      name,
      type: file.type ?? mediaTypeOf(name),
      size,
      hashes: { "sha-1": colonHex(sha1.digest()), "sha-256": colonHex(sha256.digest()) },
      ...(modified !== undefined && { modified }),
      ...(file.description !== undefined && { description: file.description }),
      ...(icon !== undefined && { icon }),
      ...(file.content !== undefined && { content: file.content }),
    };
  } catch (cause) {
    throw unreadable(file.path, cause);
  }
}

/** The octets behind the first `offset`, each piece good for as long as the caller likes. */
export const octetsOf = (
  { path, content }: Pick<FileToPush, "path" | "content">,
  offset = 0,
): AsyncIterable<Uint8Array> =>
  content === undefined
    ? createReadStream(path, { start: offset, highWaterMark: 256 * 1024 })
    : behind(content(), offset);

async function* behind(pieces: AsyncIterable<Uint8Array>, offset: number): AsyncGenerator<Uint8Array, void> {
  let skip = offset;
  for await (const piece of pieces) {
    if (skip < piece.length) yield piece.subarray(skip);
    skip = Math.max(0, skip - piece.length);
  }
}

async function modifiedAt(path: string): Promise<EpochMillis> {
  const found = await stat(path);
  if (!found.isFile()) throw new InletError("INLET_FILE_UNREADABLE", path);
  return epochMillis(found.mtimeMs);
}

async function readIcon(path: string): Promise<OutgoingFile["icon"]> {
  const type = mediaTypeOf(path);
  if (!ICON_TYPES.has(type)) return undefined;
  try {
    const bytes = await readFile(path);
    return bytes.length > LIMITS.fileIcon ? undefined : { type, bytes };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Failures of the file system become ours; anything else is a bug and goes on. */
export function unreadable(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  return typeof code === "string" && !(cause instanceof InletError)
    ? new InletError("INLET_FILE_UNREADABLE", `${path}: ${code}`)
    : cause;
}

const colonHex = (digest: Buffer): string => (digest.toString("hex").toUpperCase().match(/../g) ?? []).join(":");
