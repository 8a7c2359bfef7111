/** SDP offers spelled out by hand. */
import { createHash } from "node:crypto";

export interface OfferedBytes {
  readonly name: string;
  readonly type: string;
  readonly data: Buffer;
  /** Overrides for senders that lie. */
  readonly size?: number;
  readonly sha1?: string;
  /** Value of a=file-range. */
  readonly range?: string;
  /** a=x-file-offset, as clients of AG Projects have it. */
  readonly asksOffset?: boolean;
}

export const colonHex = (data: Buffer, algorithm: string): string =>
  (createHash(algorithm).update(data).digest("hex").toUpperCase().match(/../g) ?? []).join(":");

export const fromPath = (index: number): string => `msrp://127.0.0.1:7654/sender${index}session;tcp`;

export function offerOf(files: readonly OfferedBytes[]): string {
  const lines = ["v=0", "o=news 2890844526 2890844526 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
  files.forEach(({ name, type, data, size, sha1, range, asksOffset }, index) => {
    lines.push(
      "m=message 7654 TCP/MSRP *",
      "a=sendonly",
      "a=accept-types:message/cpim",
      "a=accept-wrapped-types:*",
      `a=path:${fromPath(index)}`,
      `a=file-selector:name:"${name}" type:${type} size:${size ?? data.length} hash:sha-1:${sha1 ?? colonHex(data, "sha1")}`,
      `a=file-transfer-id:id${index}`,
      "a=file-disposition:attachment",
      ...(range === undefined ? [] : [`a=file-range:${range}`]),
      ...(asksOffset === true ? ["a=x-file-offset"] : []),
    );
  });
  return `${lines.join("\r\n")}\r\n`;
}

/** The paths of the answer's lines; undefined where the port is 0. */
export function answerPaths(sdp: string): (string | undefined)[] {
  return sdp
    .split(/^m=/m)
    .slice(1)
    .map((media) => (/^message 0 /.test(media) ? undefined : /^a=path:\s*(\S+)/m.exec(media)?.[1]));
}
