/**
 * The answer to an offer of files (RFC 5547 §8.3.1, seed 001 §6.5.1.1): accepted lines are `recvonly` with a path of
 * their own, the others have port 0, in the order of the offer.
 */
import type { MsrpListener } from "../msrp/index.ts";
import {
  type FileRange,
  formatMsrpAnswer,
  formatSessionDescription,
  type MsrpLineDecision,
} from "../wire/sdp/index.ts";
import type { Invitation } from "./invitation.ts";

/** `ranges`: m-line → what is wanted of its file, where that is less than offered. `paths`: m-line → the MSRP URI on which its file is awaited. `session` and `version`: o= of RFC 8866 §5.2. */
export function formatAnswer(
  invitation: Invitation,
  paths: ReadonlyMap<number, string>,
  listener: Pick<MsrpListener, "host" | "port">,
  session: number,
  version: number,
  ranges: ReadonlyMap<number, FileRange> = new Map(),
): string {
  const place = { netType: "IN", addrType: listener.host.includes(":") ? "IP6" : "IP4", address: listener.host };
  const lines = invitation.lines.map((line, index): MsrpLineDecision => {
    const path = paths.get(index);
    if (path === undefined || line.media === undefined) return { accept: false };
    const range = ranges.get(index);
    return {
      accept: true,
      ...(range !== undefined && { range }),
      port: listener.port,
      path: [path],
      // The offered types first, as the sender's own list may be all it looks for; then anything (Inlet stores any type).
      acceptTypes: [...new Set([...line.media.acceptTypes, "*"])],
      acceptWrappedTypes: ["*"],
      setup: "passive",
    };
  });
  const answer = formatMsrpAnswer(invitation.description, {
    origin: { username: "-", sessionId: `${session}`, sessionVersion: `${version}`, ...place },
    connection: place,
    name: "-",
    lines,
  });
  return formatSessionDescription(answer);
}
