/**
 * The answer to a channel's invitation (docs/channels.md): a session that stands for the subscription and carries no file.
 * Its pushes are offers of their own, so content that is sent in it unasked is refused.
 */
import { type Clock, InletError } from "../kernel/index.ts";
import type { MsrpListener, MsrpSession } from "../msrp/index.ts";
import { findPart, readBodyParts } from "../wire/multipart/index.ts";
import {
  formatMsrpAnswer,
  formatSessionDescription,
  isMsrpMedia,
  parseSessionDescription,
  readMsrpMedia,
  trustedFingerprints,
} from "../wire/sdp/index.ts";
import { headerValue, type SipRequest } from "../wire/sip/index.ts";

export interface InvitedEnvironment {
  readonly msrp: MsrpListener;
  readonly clock: Clock;
  /** Our address in paths, where the listener's own says nothing. */
  host?(): string | undefined;
}

/** `begin` when it is acknowledged. undefined: the INVITE describes files, or nothing this can answer, and is not an invitation. Fails as the codecs do. */
export function answerInvitation(
  request: SipRequest,
  { msrp, host: ownHost, clock }: InvitedEnvironment,
): { readonly sdp: string; readonly media: MsrpSession; begin(): void } | undefined {
  const type = headerValue(request, "content-type");
  const body = type === undefined ? undefined : findPart(readBodyParts(type, request.body), "application/sdp");
  if (body === undefined) return undefined;
  const offer = parseSessionDescription(body.body);
  const line = offer.media.findIndex((media) => media.port !== 0 && isMsrpMedia(media));
  const offered = offer.media[line];
  if (offered === undefined) return undefined;
  const invited = readMsrpMedia(offered, offer);
  const { file, acceptTypes, path, protocol, setup } = invited;
  if (file !== undefined) return undefined;
  const trusted = protocol === "TCP/TLS/MSRP" ? trustedFingerprints(invited) : [];
  if (trusted === undefined) throw new InletError("INLET_SDP_NO_ACCEPTABLE_MEDIA", "a=fingerprint weaker than sha-256");
  const media = msrp.expect({
    acceptTypes: ["*"],
    peerPath: path,
    host: ownHost?.(),
    ...(protocol === "TCP/TLS/MSRP" && { secure: { fingerprints: trusted } }),
    onMessage: () => {
      throw new InletError("INLET_MSRP_TYPE_UNSUPPORTED", "offer it first");
    },
  });
  const address = ownHost?.() ?? msrp.host;
  const place = { netType: "IN", addrType: address.includes(":") ? "IP6" : "IP4", address };
  const shown = protocol === "TCP/TLS/MSRP" && msrp.fingerprint ? { fingerprints: [msrp.fingerprint] } : {};
  const answer = formatMsrpAnswer(offer, {
    origin: { username: "-", sessionId: `${clock.now()}`, sessionVersion: "1", ...place },
    connection: place,
    name: "-",
    lines: offer.media.map((_, index) =>
      index === line
        ? { accept: true, port: msrp.port, path: [media.path], acceptTypes, setup: "passive", ...shown }
        : { accept: false },
    ),
  });
  const begin = (): void => {
    // Nothing depends on it: the subscription stands in the dialog.
    if (setup === "passive") media.connect(path).catch(() => undefined);
  };
  return { sdp: formatSessionDescription(answer), media, begin };
}
