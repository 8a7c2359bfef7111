/**
 * The client side of a user agent (RFC 3261 §8.1, §13.2, §22): requests go out signed, over the connection there is, or over a
 * stream where they are too large for a datagram; their responses come back with the server's proof looked at.
 */
import { type Clock, type ErrorCode, InletError, LIMITS, type Log } from "../kernel/index.ts";
import { formatMessage, type SipRequest, type SipResponse } from "../wire/sip/index.ts";
import type { Signed } from "./authenticator.ts";
import type { Ims } from "./ims.ts";
import { local } from "./response.ts";
import { SignIn, type SignInOptions } from "./sign-in.ts";
import type { ClientTransaction, TransactionLayer, TransactionTransport, Via } from "./transaction/index.ts";
import { type SipFlow, sentBy } from "./transport/index.ts";
import type { InviteHooks } from "./user-agent-core.ts";

export interface UserAgentClientOptions extends SignInOptions {
  readonly userAgent: string;
  /** For requests too large for a datagram: a stream to the same next hop. Without it, or where it fails, UDP is used. */
  readonly openStream?: () => Promise<SipFlow>;
  /** The core is an IMS. */
  readonly ims?: Ims;
  /** Told of every answer from 300 up. */
  refused?(response: SipResponse): void;
  readonly log: Log;
  readonly clock: Clock;
}

/** What Via adds to a request, at most. */
const VIA_SIZE = 120;

/** `proven`: whoever answered has not given a wrong proof. */
type Responded = (response: SipResponse, proven: boolean) => void;

interface Started {
  readonly signed: Signed;
  transaction?: ClientTransaction;
}

export class UserAgentClient {
  /** Requests go over it from now on. */
  connection: SipFlow | undefined;
  readonly #options: UserAgentClientOptions;
  readonly #signIn: SignIn;
  readonly #layer: TransactionLayer;

  /** `home`: the domain of the address of record. Fails with INLET_AKA_KEYS. */
  constructor(options: UserAgentClientOptions, home: string, layer: TransactionLayer) {
    this.#options = options;
    this.#signIn = new SignIn(options, home);
    this.#layer = layer;
  }

  authenticated(attempt: () => Promise<SipResponse>): Promise<SipResponse> {
    return this.#signIn.exchange(attempt, () => this.#isSecure);
  }

  get #isSecure(): boolean {
    const { protocol } = this.connection ?? {};
    return protocol === "TLS" || protocol === "WSS";
  }

  /** TLS is agreed on, and this connection has none: another one is needed. */
  get needsTls(): boolean {
    return this.#signIn.agreedOnTls && !this.#isSecure;
  }

  /** Why signing in has failed, where this is a response to it. */
  authenticationFailure(response: SipResponse): ErrorCode | undefined {
    return this.#signIn.failureOf(response);
  }

  send(request: SipRequest): Promise<SipResponse> {
    return new Promise((resolve) => {
      this.#start(request, (response, proven) => {
        if (response.status >= 200) resolve(proven ? response : local(401));
      });
    });
  }

  invite(
    make: () => SipRequest,
    ack: (response: SipResponse) => SipRequest,
    hooks: InviteHooks = {},
  ): Promise<SipResponse> {
    const attempt = (): Promise<SipResponse> =>
      new Promise((resolve) => {
        let wanted = false;
        let provisional = false;
        const started = this.#start(make(), (response, proven) => {
          if (response.status >= 200) {
            if (response.status < 300) this.#acknowledge(ack, response, started.signed);
            resolve(proven ? response : local(401));
          } else {
            provisional = true;
            hooks.provisional?.(response);
            if (wanted) cancel();
          }
        });
        // RFC 3261 §9.1: CANCEL waits for the first provisional response.
        const cancel = (): void => {
          if (provisional && started.transaction !== undefined)
            this.#layer.cancel(started.transaction, this.transport());
          else wanted = true;
        };
        hooks.cancellable?.(cancel);
      });
    return this.authenticated(attempt);
  }

  /** An ACK cannot be challenged: it repeats the credentials of its INVITE (RFC 3261 §22.1). */
  #acknowledge(ack: (response: SipResponse) => SipRequest, response: SipResponse, signed: Signed): void {
    try {
      const request = ack(response);
      const headers = [...request.headers, ...signed.headers];
      this.#layer.sendAck({ ...request, headers }, viaOf(this.connection), this.transport());
    } catch (error) {
      // A 2xx without Contact or tag makes no dialog.
      if (!(error instanceof InletError)) throw error;
      this.#options.log("info", "sip.invite.unusable", { code: error.code, detail: error.detail });
    }
  }

  transport(flow = this.connection): TransactionTransport {
    return {
      reliable: flow?.reliable ?? true,
      send: (bytes) => flow?.send(bytes) ?? Promise.reject(new InletError("INLET_SIP_CONNECTION_LOST")),
    };
  }

  /** Begins a transaction; over another flow it begins a little later. */
  #start(request: SipRequest, responded: Responded): Started {
    const { signed, headers: own } = this.#signIn.sign(request);
    const { ims, userAgent } = this.#options;
    const access = ims === undefined ? [] : [ims.access];
    const headers = [...request.headers, ...own, ...access, { name: "user-agent", value: userAgent }];
    const whole = { ...request, headers };
    const started: Started = { signed };
    const begin = (flow: SipFlow | undefined): void => {
      started.transaction = this.#layer.send(whole, viaOf(flow), this.transport(flow), {
        response: (response) => {
          responded(response, this.#signIn.heard(signed, response));
          if (response.status >= 300) this.#options.refused?.(response);
        },
        timedOut: () => responded(local(408), true),
        failed: () => responded(local(503), true),
      });
    };
    const { openStream } = this.#options;
    const large = this.connection?.protocol === "UDP" && formatMessage(whole).length + VIA_SIZE > LIMITS.sipDatagram;
    if (large && openStream !== undefined) openStream().then(begin, () => begin(this.connection));
    else begin(this.connection);
    return started;
  }
}

const viaOf = (flow: SipFlow | undefined): Via => ({ protocol: flow?.protocol ?? "TCP", sentBy: sentBy(flow) });
