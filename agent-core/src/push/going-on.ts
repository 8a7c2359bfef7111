/**
 * Going on with a file whose transfer broke (RFC 5547 §8.4), and what else is known of an offered file before it is
 * decided on. The sender may offer the rest (`a=file-range:<N+1>-<size>`), which fits when all before it is here. A sender
 * that offers the whole file by its range (`1-<size>`, `1-*`) knows ranges, and is answered with the rest. One that
 * states no range sends the file anew, unless it asks how much is here (a=x-file-offset). Refused: a rest whose beginning is not here (INLET_TRANSFER_PART_MISSING).
 */
import type { Offer } from "../contract/index.ts";
import { InletError, reason } from "../kernel/index.ts";
import { Landing } from "../store/index.ts";
import type { PushEnvironment } from "./environment.ts";
import { landingOf, partFileOf } from "./file-part.ts";
import { isReceivable, type Offered, type OfferedLine } from "./invitation.ts";
import { unpromised } from "./room.ts";

/** The offer's lines with what is here of their files; a rest that fits nothing cannot be accepted. */
export function withWhatIsHere<T extends Offered>(environment: PushEnvironment, account: string, invitation: T): T {
  const { store } = environment;
  const free = unpromised(environment);
  const look = (line: OfferedLine): OfferedLine => {
    const { file } = line;
    if (!isReceivable(line)) return line;
    const { size } = file;
    const part = store.partials.find(partFileOf(environment, { account, from: invitation.from }, file));
    const usable = usableOctets(line, part?.octets ?? 0);
    if (usable === undefined) return { file: { ...file, unacceptable: reason("INLET_TRANSFER_PART_MISSING") } };
    const item = store.findContent(size, file.hashes);
    return {
      ...line,
      file: {
        ...file,
        ...(usable > 0 && { received: usable }),
        ...(item !== undefined && { alreadyHave: item.id }),
        ...(free !== undefined && size !== undefined && size - usable > free && { free }),
      },
    };
  };
  return { ...invitation, lines: invitation.lines.map(look) };
}

/** Of `here` octets from the beginning, those that the line goes on behind; undefined: they are too few. */
function usableOctets({ file, media, link }: OfferedLine, here: number): number | undefined {
  const { range, asksOffset } = media?.file ?? {};
  const start = link !== undefined || (range === undefined && asksOffset) ? 1 : range?.start;
  if (start === undefined) return 0;
  // There is no empty range: of a file that is here to the last octet, that one comes again.
  if (start === 1) return Math.min(here, Math.max(0, (file.size ?? 0) - 1));
  return here < start - 1 ? undefined : start - 1;
}

/**
 * Takes the part for this transfer alone, if there is one to go on with. The work then reads it again, and gives what of
 * it holds: nothing, where the file begins anew. It fails with INLET_TRANSFER_PART_MISSING, INLET_DISK_FAILED, or
 * INLET_TRANSFER_CANCELLED after `signal`; without work a rest cannot be received.
 */
export function takePart(
  environment: PushEnvironment,
  offer: Pick<Offer, "id" | "account" | "from">,
  line: OfferedLine,
): ((signal: AbortSignal) => Promise<Landing | undefined>) | undefined {
  const { partials } = environment.store;
  const { file } = line;
  const part = partials.find(partFileOf(environment, offer, file));
  const most = part === undefined ? 0 : (usableOctets(line, part.octets) ?? 0);
  const journal = part === undefined || most === 0 ? undefined : partials.claim(part.id);
  if (part === undefined || journal === undefined) return undefined;
  const { id } = part;
  return async (signal) => {
    const landing = await Landing.resume({ ...landingOf(environment, offer, file), id, journal, signal }, most);
    if (isRest(line) && landing?.received !== most) {
      landing?.keep();
      throw new InletError("INLET_TRANSFER_PART_MISSING");
    }
    return landing;
  };
}

/** The sender will not send the beginning. */
export const isRest = ({ media }: OfferedLine): boolean => (media?.file?.range?.start ?? 1) > 1;
