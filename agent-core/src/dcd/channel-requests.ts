/**
 * What is asked of channels by REFER (RFC 3515, RFC 4579 §5.5 turned to a channel): that its server invites us, or lets
 * us go. A channel is joined when its invitation comes. One that was promised (2xx) and does not come, because it was
 * refused on its way (the final NOTIFY says so) or within 64·T1, is told as refused.
 */
import { type Clock, InletError, millis, type Reason, reason } from "../kernel/index.ts";
import { Refer, type UserAgent } from "../sip/index.ts";
import type { SipResponse } from "../wire/sip/index.ts";

export interface ChannelRequestsEnvironment {
  readonly clock: Clock;
  readonly userAgent: UserAgent;
  /** Who is to be invited. */
  readonly account: string;
  /** After `join` was promised: it will not come. */
  refused(id: string, why: Reason): void;
}

interface Request {
  readonly refer: Refer;
  /** Runs while the invitation is waited for. */
  waiting?: Disposable;
}

/** 64·T1 */
const PATIENCE = millis(32_000);

export class ChannelRequests {
  readonly #environment: ChannelRequestsEnvironment;
  /** The last of each channel. */
  readonly #requests = new Map<string, Request>();
  readonly #settled = new WeakSet<Request>();

  constructor(environment: ChannelRequestsEnvironment) {
    this.#environment = environment;
  }

  /**
   * Resolves when it was promised. INLET_CHANNEL_UNKNOWN, INLET_CHANNEL_REFUSED, INLET_ACCOUNT_OFFLINE,
   * INLET_SIP_TIMEOUT.
   */
  async join(id: string, uri: string): Promise<void> {
    const { clock, account } = this.#environment;
    const request = this.#ask(id, uri, account);
    promised(await request.refer.answered);
    // The invitation may have come before the answer; or the whole was called off.
    if (this.#requests.get(id) !== request || this.#settled.has(request)) return;
    request.waiting = clock.after(PATIENCE, () => this.#refuse(id, request, reason("INLET_CHANNEL_NOT_INVITED")));
    void request.refer.result.then((outcome) => {
      if (outcome.kind !== "finished" || outcome.status < 300) return;
      this.#refuse(id, request, reason("INLET_CHANNEL_REFUSED", `${outcome.status} ${outcome.reason}`.trim()));
    });
  }

  /** Resolves when it was done. Fails likewise. */
  async leave(id: string, uri: string): Promise<void> {
    const { refer } = this.#ask(id, uri, `${this.#environment.account};method=BYE`);
    promised(await refer.answered);
    const outcome = await refer.result;
    if (outcome.kind === "finished" && outcome.status >= 300) {
      throw new InletError("INLET_CHANNEL_REFUSED", `${outcome.status} ${outcome.reason}`.trim());
    }
    if (outcome.kind === "unknown") throw new InletError("INLET_SIP_TIMEOUT", "REFER");
  }

  /** The invitation is there, or the list says that the channel is ours: nothing is waited for any more. */
  settled(id: string): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    this.#settled.add(request);
    request.waiting?.[Symbol.dispose]();
  }

  stop(): void {
    for (const id of [...this.#requests.keys()]) this.#forget(id);
  }

  #ask(id: string, uri: string, target: string): Request {
    const { userAgent, clock } = this.#environment;
    if (!userAgent.connected) throw new InletError("INLET_ACCOUNT_OFFLINE");
    this.#forget(id);
    const request = { refer: new Refer(userAgent, { uri, target, progress: true, clock }) };
    this.#requests.set(id, request);
    return request;
  }

  #refuse(id: string, request: Request, why: Reason): void {
    if (this.#requests.get(id) !== request || this.#settled.has(request)) return;
    request.waiting?.[Symbol.dispose]();
    this.#settled.add(request);
    this.#environment.refused(id, why);
  }

  #forget(id: string): void {
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    request?.waiting?.[Symbol.dispose]();
    request?.refer.dispose();
  }
}

function promised({ status, reasonPhrase }: SipResponse): void {
  if (status < 300) return;
  if (status === 408 || status === 503) throw new InletError("INLET_SIP_TIMEOUT", `${status}`);
  throw new InletError(
    status === 404 ? "INLET_CHANNEL_UNKNOWN" : "INLET_CHANNEL_REFUSED",
    `${status} ${reasonPhrase}`.trim(),
  );
}
