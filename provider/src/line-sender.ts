/** One accepted line: its file over MSRP, until the receiver has confirmed it (seed 001 §6.5.3.3, RFC 4975 §7.1). */
import { type Clock, InletError } from "@inlet/agent-core/kernel";
import { MsrpSender, type SendResult } from "@inlet/agent-core/msrp";
import { acceptsType, formatCpimHead, type MsrpMedia } from "@inlet/agent-core/wire";
import type { LineConnections } from "./line-connections.ts";
import { type OutgoingFile, octetsOf, unreadable } from "./outgoing-file.ts";
import type { LineMedia } from "./sender-media.ts";

export interface LineToSend {
  readonly file: OutgoingFile;
  /** As it was offered. */
  readonly media: LineMedia;
  /** What the receiver answered for the line. */
  readonly answer: MsrpMedia;
  /** Its path as it is now. */
  path(): readonly string[];
  /** Addresses for the envelope, where the receiver wants one. */
  readonly from: string;
  readonly to: string;
  readonly connections: LineConnections;
  readonly clock: Clock;
  /** Aborted with an InletError. */
  readonly signal: AbortSignal;
  onProgress?(octets: number): void;
}

const CPIM = "message/cpim";
/** MIME headers know no other octets (RFC 2045 §8); what needs them stands in the offer (i=). */
const ASCII = /^[ -~]+$/;
/** Octets. There are relays that read a chunk whole, into a buffer of 4 KiB. */
const RELAYED_CHUNK = 2048;

/** Octets that the receiver has already: it asks for the rest (RFC 5547 §8.4). INLET_SDP_INVALID: that is no rest. */
function offsetOf({ file: answered }: MsrpMedia, size: number): number {
  const range = answered?.range;
  if (range === undefined) return 0;
  if (range.start > size || (range.stop !== "*" && range.stop !== size)) {
    throw new InletError("INLET_SDP_INVALID", "file-range of the answer");
  }
  return range.start - 1;
}

/** Fails with INLET_SDP_INVALID, INLET_SEND_TOO_LARGE, INLET_SEND_REJECTED, INLET_FILE_UNREADABLE, INLET_MSRP_*, or the signal's reason. */
export async function sendLine(line: LineToSend): Promise<SendResult["status"]> {
  const { file, answer, signal } = line;
  const offset = offsetOf(answer, file.size);
  const message = messageOf(line, offset);
  if (answer.maxSize !== undefined && message.size > answer.maxSize) {
    throw new InletError("INLET_SEND_TOO_LARGE", `at most ${answer.maxSize} octets`);
  }
  try {
    const reached = line.connections.to(answer, line.media, () => line.path());
    const { connection, toPath } = await unlessAborted(reached, signal);
    const paths = {
      get toPath() {
        return toPath();
      },
      fromPath: line.media.path.at(-1) ?? "",
    };
    await using sender = MsrpSender.over(connection, paths);
    const description = file.description && oneLine(file.description);
    const { status } = await sender.send({
      ...message,
      ...(toPath().length > 1 && { chunkSize: RELAYED_CHUNK }),
      headers: {
        // Nothing of ours is to be shown without an express action of the receiver (seed 001 §6.5.3.3 1b).
        "Content-Disposition": "attachment",
        ...(description !== undefined && ASCII.test(description) && { "Content-Description": description }),
      },
      successReport: true,
      signal,
      onProgress: (octets) => line.onProgress?.(Math.min(offset + Math.max(0, octets - message.head), file.size)),
    });
    return status;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw unreadable(file.path, error);
  }
}

const oneLine = (text: string): string => text.replaceAll(/[\r\n\0]+/g, " ");

/** A connection that others wait for too is left to them. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

interface OutgoingMessage {
  readonly contentType: string;
  readonly size: number;
  readonly read: string | AsyncIterable<Uint8Array>;
  /** Octets before the file's own. */
  readonly head: number;
}

/** In a message/cpim envelope only where the receiver takes nothing else (seed 001 A.6). */
function messageOf({ file, answer, from, to, clock }: LineToSend, offset: number): OutgoingMessage {
  const size = file.size - offset;
  if (acceptsType(answer.acceptTypes, file.type)) {
    const read = offset === 0 && file.content === undefined ? file.path : octetsOf(file, offset);
    return { contentType: file.type, size, read, head: 0 };
  }
  const wrapped = answer.acceptWrappedTypes.length === 0 || acceptsType(answer.acceptWrappedTypes, file.type);
  if (!acceptsType(answer.acceptTypes, CPIM) || !wrapped) throw new InletError("INLET_SEND_REJECTED", file.type);
  const head = formatCpimHead({
    headers: [
      { name: "From", value: `<${from}>` },
      { name: "To", value: `<${to}>` },
      { name: "DateTime", value: new Date(clock.now()).toISOString() },
    ],
    mimeHeaders: [
      ["Content-Type", file.type],
      ["Content-Disposition", "attachment"],
    ],
  });
  return { contentType: CPIM, size: head.length + size, read: enveloped(head, file, offset), head: head.length };
}

async function* enveloped(head: Uint8Array, file: OutgoingFile, offset: number): AsyncGenerator<Uint8Array, void> {
  yield head;
  yield* octetsOf(file, offset);
}
