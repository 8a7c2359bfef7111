/** Offers files to one receiver and sends what it accepts: one INVITE, one result a file (seed 001 §6.5.2). */
import { type Clock, InletError, type Log, randomToken } from "@inlet/agent-core/kernel";
import type { ConnectedAgent } from "./connected-agent.ts";
import { inviteReceiver } from "./invite-receiver.ts";
import { formatOfferBody, type OfferDescription } from "./offer-body.ts";
import type { OutgoingFile } from "./outgoing-file.ts";
import { PushSession } from "./push-session.ts";
import { type FileResult, refusal } from "./send-result.ts";
import type { SenderMedia } from "./sender-media.ts";

export const PUSH_SERVICE = "*;+g.oma.lcsi.sip-push";

export interface PushOptions {
  readonly to: string;
  readonly from?: { readonly uri: string; readonly displayName?: string };
  readonly subject?: string;
  readonly files: readonly OutgoingFile[];
  /** Beside the push service: an application, a channel. */
  readonly acceptContact?: readonly string[];
  /** How files leave. */
  readonly media: SenderMedia;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal?: AbortSignal;
  /** One file after the other, instead of side by side. */
  readonly oneByOne?: boolean;
  /** Octets of a file, by its place in `files`, that the receiver has answered for. */
  onProgress?(index: number, octets: number): void;
}

/** By us, before anybody had answered. */
const WITHDRAWN: ReadonlySet<string> = new Set(["INLET_TRANSFER_CANCELLED", "INLET_SEND_UNANSWERED"]);

/** Fails when nothing could be offered: INLET_AUTH_*, INLET_SIP_CONNECTION_LOST. */
export async function pushFiles(agent: ConnectedAgent, push: PushOptions): Promise<FileResult[]> {
  const { to, from, subject, files, clock, log, media } = push;
  await media.ready();
  const lines = files.map(() => media.line(agent.host));
  const offer: OfferDescription = {
    host: agent.host,
    session: clock.now(),
    version: 1,
    ...(media.encryption !== undefined && { fingerprint: media.encryption.identity.fingerprint }),
    lines: lines.map(({ path, setup }, index) => ({
      ...(files[index] !== undefined && { file: files[index] }),
      ...{ path, setup },
      transferId: randomToken(96),
      closed: false,
    })),
  };
  const stopped = stopSignal(agent, push.signal);
  try {
    const result = await inviteReceiver(agent, {
      to,
      acceptContact: [PUSH_SERVICE, ...(push.acceptContact ?? [])],
      body: formatOfferBody(offer, randomToken(160)),
      clock,
      ...(from !== undefined && { from }),
      ...(subject !== undefined && { subject }),
      ...(push.signal !== undefined && { signal: push.signal }),
    });
    if (!result.accepted) {
      const refused = refusal(result.response);
      return files.map((file) => ({ file: file.path, ...refused }));
    }
    const { session, response } = result;
    const onProgress = push.onProgress?.bind(push);
    const run = new PushSession({
      session,
      response,
      offer,
      from: from?.uri ?? agent.userAgent.options.aor,
      to,
      media,
      lines,
      clock,
      log,
      signal: stopped.signal,
      ...(push.oneByOne !== undefined && { oneByOne: push.oneByOne }),
      ...(onProgress !== undefined && { onProgress }),
    });
    const outcomes = await run.run();
    return files.map((file, index) => ({ file: file.path, outcome: "failed", ...outcomes[index] }));
  } catch (error) {
    if (!(error instanceof InletError) || !WITHDRAWN.has(error.code)) throw error;
    return files.map((file) => ({ file: file.path, outcome: "failed", reason: error.reason }));
  } finally {
    stopped[Symbol.dispose]();
    for (const { awaited } of lines) awaited?.[Symbol.dispose]();
  }
}

/** Aborted with an InletError when the caller gives up or the connection ends. */
function stopSignal(
  agent: ConnectedAgent,
  signal: AbortSignal | undefined,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const cancel = (): void => controller.abort(new InletError("INLET_TRANSFER_CANCELLED"));
  const lose = (): void => controller.abort(agent.lost.reason);
  signal?.addEventListener("abort", cancel, { once: true });
  agent.lost.addEventListener("abort", lose, { once: true });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      signal?.removeEventListener("abort", cancel);
      agent.lost.removeEventListener("abort", lose);
    },
  };
}
