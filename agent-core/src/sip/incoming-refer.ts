/**
 * A REFER that waits for a decision (RFC 3515 §2.4). Nothing is followed by itself: whoever accepts it does what it asks
 * for and says what became of that. Accepted, it is answered 200 (RFC 7647 §4), and its subscription told 100 at once;
 * in a session its NOTIFYs go out in that dialog, named by the REFER's CSeq.
 */
import { cseqOf, type SipRequest } from "../wire/sip/index.ts";
import { formatSipfrag } from "../wire/sipfrag/index.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { InviteSession } from "./invite-session.ts";
import { Notifier } from "./notifier.ts";
import { type ReferTo, readReferTo } from "./refer-to.ts";
import type { Reply } from "./reply.ts";
import { reasonPhrase } from "./response.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

/** Seconds: longer than anybody may think about what was asked of them. */
const LONGEST = 180;

export class IncomingRefer {
  readonly to: ReferTo;
  /** The session it came in. */
  readonly session: InviteSession | undefined;
  readonly #agent: UserAgentCore;
  readonly #incoming: IncomingRequest;

  /** Fails with INLET_SIP_SYNTAX as `readReferTo` does. */
  constructor(agent: UserAgentCore, incoming: IncomingRequest, session: InviteSession | undefined) {
    this.to = readReferTo(incoming.request);
    this.session = session;
    this.#agent = agent;
    this.#incoming = incoming;
  }

  get request(): SipRequest {
    return this.#incoming.request;
  }

  reject(status = 603, reply: Reply = {}): void {
    this.#incoming.respond(status, reply);
  }

  accept(): ReferProgress {
    return new ReferProgress(this.#agent, this.#incoming, this.to, this.session);
  }
}

/** Tells who sent a REFER what becomes of it; where they want nothing told, nobody. */
export class ReferProgress {
  readonly #notifier: Notifier | undefined;
  #line = { status: 100, reason: reasonPhrase(100) };

  /** Answers the REFER. */
  constructor(agent: UserAgentCore, refer: IncomingRequest, to: ReferTo, session: InviteSession | undefined) {
    if (!to.progress) {
      refer.respond(200, { headers: [{ name: "refer-sub", value: "false" }] });
      return;
    }
    this.#notifier = new Notifier(agent, refer, {
      event: "refer",
      ...(session !== undefined && { id: `${cseqOf(refer.request).number}`, within: session }),
      maxExpires: LONGEST,
      clock: agent.clock,
      current: () => ({ contentType: "message/sipfrag;version=2.0", content: formatSipfrag(this.#line) }),
      ended: () => undefined,
    });
  }

  /** The status of the request that was sent: from 200 up it is the last. */
  tell(status: number, reason = reasonPhrase(status)): void {
    this.#line = { status, reason };
    if (status < 200) this.#notifier?.notify();
    else this.#notifier?.terminate("noresource");
  }
}
