/** An offer as it is told: what was invited to, and what rules say of its files. Pure but for its id. */
import type { Offer } from "../contract/index.ts";
import { type EpochMillis, LIMITS, randomToken } from "../kernel/index.ts";
import type { Offered } from "./invitation.ts";
import { pushKindOf } from "./push-kind.ts";
import type { Verdicts } from "./verdicts.ts";

interface Around {
  readonly account: string;
  readonly channel: string | undefined;
  readonly now: EpochMillis;
  readonly verdicts: Verdicts;
  /** It was told before Inlet stopped. */
  readonly kept: Offer | undefined;
}

export function describeOffer(offered: Offered, { account, channel, now, verdicts, kept }: Around): Offer {
  const { from, to, service, application, subject, session, lines, decideBy } = offered;
  return {
    id: kept?.id ?? randomToken(96),
    account,
    ...(lines.some(({ link }) => link !== undefined) && { origin: "link" }),
    from,
    ...(to !== undefined && to !== account && { to }),
    ...(service !== undefined && { service }),
    ...(application !== undefined && { application }),
    ...(channel !== undefined && { channel }),
    ...(subject !== undefined && { subject }),
    ...(session !== undefined && { session }),
    push: pushKindOf({ channel, application, types: lines.map(({ file }) => file.type) }),
    files: lines.map(({ file }) => verdicts.marked(file)),
    receivedAt: kept?.receivedAt ?? new Date(now).toISOString(),
    expiresAt: new Date(decideBy ?? now + LIMITS.offerDecision).toISOString(),
  };
}
