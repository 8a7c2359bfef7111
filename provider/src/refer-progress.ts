/** What became of a REFER, told to who sent it (RFC 3515 §2.4.4): 100 at once, the final status when it is there. */
import type { Clock } from "@inlet/agent-core/kernel";
import { type IncomingRequest, Notifier, type UserAgent } from "@inlet/agent-core/sip";
import { formatSipfrag } from "@inlet/agent-core/wire";

/** Longer than anybody may think about an invitation. */
const LONGEST = 180;

export class ReferProgress {
  readonly #notifier: Notifier;
  #status = { status: 100, reason: "Trying" };

  /** Answers the REFER with 200 and opens its subscription. */
  constructor(userAgent: UserAgent, refer: IncomingRequest, clock: Clock) {
    this.#notifier = new Notifier(userAgent, refer, {
      event: "refer",
      maxExpires: LONGEST,
      clock,
      current: () => ({
        contentType: "message/sipfrag;version=2.0",
        content: Buffer.from(formatSipfrag(this.#status)).toString("utf8"),
      }),
      ended: () => undefined,
    });
  }

  finish(status: number): void {
    this.#status = { status, reason: status < 300 ? "OK" : "" };
    this.#notifier.terminate("noresource");
  }
}
