/**
 * The lines of a session description (RFC 8866 §5). Refuses NUL, a bare CR, a line longer than LIMITS.sdpLine
 * octets, more than LIMITS.sdpLines of them, and what is not `letter=value`. Tolerates bare LF, no line end at the
 * end, blank lines at the end, and the file-selector that the seed's sample folds over two lines.
 */
import { InletError, LIMITS } from "../../kernel/index.ts";

export interface SdpLine {
  readonly type: string;
  readonly value: string;
  /** Counted from 1, for errors. */
  readonly number: number;
}

export const sdpInvalid = (detail: string): InletError => new InletError("INLET_SDP_INVALID", detail);

const LF = 0x0a;
const CR = 0x0d;
const FOLDABLE = "file-selector";

export function readSdpLines(bytes: Uint8Array): readonly SdpLine[] {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const lines: SdpLine[] = [];
  let blankAt = 0;
  let number = 0;
  for (let from = 0; from < bytes.length; ) {
    const lf = bytes.indexOf(LF, from);
    const lineEnd = lf < 0 ? bytes.length : lf;
    const end = lineEnd > from && bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
    number++;
    if (number > LIMITS.sdpLines) throw sdpInvalid("too many lines");
    if (end - from > LIMITS.sdpLine) throw sdpInvalid(`line ${number}: too long`);
    const line = decoder.decode(bytes.subarray(from, end));
    from = lineEnd + 1;
    if (line.includes("\r") || line.includes("\0")) throw sdpInvalid(`line ${number}: CR or NUL`);
    if (line === "") {
      blankAt ||= number;
      continue;
    }
    if (blankAt > 0) throw sdpInvalid(`line ${blankAt}: blank`);
    const last = lines.at(-1);
    if ((line.startsWith(" ") || line.startsWith("\t")) && last !== undefined) {
      lines[lines.length - 1] = unfold(last, line, number);
    } else {
      lines.push(splitLine(line, number));
    }
  }
  return lines;
}

function splitLine(line: string, number: number): SdpLine {
  if (line[1] !== "=" || !/^[a-z]/.test(line)) throw sdpInvalid(`line ${number}: not letter=value`);
  return { type: line.slice(0, 1), value: line.slice(2), number };
}

function unfold(last: SdpLine, line: string, number: number): SdpLine {
  if (last.type !== "a" || !last.value.startsWith(FOLDABLE)) throw sdpInvalid(`line ${number}: not letter=value`);
  const value = `${last.value.trimEnd()} ${line.trim()}`;
  if (value.length > LIMITS.sdpLine) throw sdpInvalid(`line ${last.number}: too long`);
  return { ...last, value };
}

/** One line with its CRLF. Refuses a value that would become two lines. */
export function formatSdpLine(type: string, value: string): string {
  if (/[\r\n\0]/.test(value)) throw sdpInvalid(`${type}= would break the line`);
  return `${type}=${value}\r\n`;
}
