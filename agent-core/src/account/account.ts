/**
 * One account at work: connects, registers, keeps both alive, and hands its user agent to the procedures above. Runs
 * the effects of `registration.ts`; time, randomness and sockets are here.
 */
import type { Account as AccountView } from "../contract/index.ts";
import {
  assertNever,
  type Clock,
  InletError,
  type Log,
  millis,
  type Reason,
  reason,
  type TraceSink,
} from "../kernel/index.ts";
import {
  type AkaOptions,
  type DigestAlgorithm,
  isLocal,
  locateServer,
  newSequence,
  type OpenFlow,
  openFlow,
  type ServerTarget,
  type SipProtocol,
  statedProtocol,
  type TlsOptions,
  UserAgent,
  type UserAgentHandlers,
} from "../sip/index.ts";
import {
  addressOfRecord,
  formatUri,
  headerValue,
  parseSipUri,
  type SipResponse,
  type SipUri,
} from "../wire/sip/index.ts";
import { grantedExpires } from "./granted-expires.ts";
import {
  type RegistrationEffect,
  type RegistrationInput,
  type RegistrationState,
  stepRegistration,
} from "./registration.ts";

export interface AccountOptions {
  /** Address of record, `sip:bob@example.net`. */
  readonly aor: string;
  /**
   * Where to register, `sip:127.0.0.1:5060;transport=tcp`. Its transport is udp, tcp, tls, ws
   * or wss; what it leaves open DNS decides (RFC 3263). Default: the domain of the AOR.
   */
  readonly registrar?: string;
  /** User name for digest; default: the user part of the AOR. */
  readonly user?: string;
  /** Not needed where a SIM signs in. */
  readonly password?: string;
  /** Refuse to sign in with anything weaker: a password under MD5 is soon guessed. Default: whatever is asked for. */
  readonly minAlgorithm?: DigestAlgorithm;
  /** Keys of a SIM, for cores that authenticate by AKA (RFC 3310); `user` is then the private identity. */
  readonly aka?: AkaOptions;
  /** Certificates to trust instead of the system's, or one certificate by its fingerprint. */
  readonly tls?: TlsOptions;
  /** DNS servers (`address:port`) instead of the system's. */
  readonly dnsServers?: readonly string[];
  /** Ask the registrar for its list of channels. Default true; a core that has none answers 489 and is left alone. */
  readonly channels?: boolean;
}

export interface AccountEnvironment {
  readonly clock: Clock;
  readonly log: Log;
  readonly userAgent: string;
  /** What the connections of an account tell their messages to. */
  trace?(account: string): TraceSink;
  /** Stable for this installation: `urn:uuid:…` (RFC 5626 §4.1). */
  readonly instance: string;
  readonly handlers: UserAgentHandlers;
  /** The view changed. */
  changed(view: AccountView): void;
  /** A registration of this connection stands for the first time. */
  registered(): void;
  /** The connection is gone, or the registration is. */
  unregistered(): void;
}

const CONNECT_TIMEOUT = 10_000;

export class Account {
  readonly id: string;
  readonly userAgent: UserAgent;
  readonly registrar: SipUri;
  readonly #options: AccountOptions;
  readonly #environment: AccountEnvironment;
  readonly #sequence = newSequence();
  #state: RegistrationState = { phase: "idle" };
  #connection: OpenFlow | undefined;
  /** What DNS named and was not tried yet. */
  #targets: readonly ServerTarget[] = [];
  #target: ServerTarget | undefined;
  #stream: Promise<OpenFlow> | undefined;
  #connecting: AbortController | undefined;
  #timer: Disposable | undefined;
  #expiresAt: string | undefined;
  #retryAt: string | undefined;
  #announced = false;
  #stopped: (() => void) | undefined;

  /** Fails with INLET_SIP_URI, INLET_SIP_TRANSPORT_UNSUPPORTED or INLET_AKA_KEYS. */
  constructor(options: AccountOptions, environment: AccountEnvironment) {
    const aor = parseSipUri(options.aor);
    this.id = addressOfRecord(aor);
    this.registrar = parseSipUri(options.registrar ?? `${aor.scheme}:${aor.host}`);
    if (statedProtocol(this.registrar) === "unknown") {
      throw new InletError("INLET_SIP_TRANSPORT_UNSUPPORTED", this.registrar.parameters.get("transport"));
    }
    this.#options = options;
    this.#environment = environment;
    this.userAgent = new UserAgent({
      aor: this.id,
      credentials: {
        user: options.user ?? aor.user ?? "",
        ...(options.password !== undefined && { password: options.password }),
        ...(options.minAlgorithm !== undefined && { minAlgorithm: options.minAlgorithm }),
        ...(options.aka !== undefined && { aka: options.aka }),
      },
      contactFeatures: `;+g.oma.lcsi.sip-push;+sip.instance="<${environment.instance}>"`,
      userAgent: environment.userAgent,
      handlers: environment.handlers,
      openStream: () => this.#openStream(),
      log: environment.log,
      clock: environment.clock,
    });
  }

  start(): void {
    this.#input({ type: "start" });
  }

  /** Tries again now, from `lost` or `rejected`. */
  reconnect(): void {
    this.#input({ type: "reconnect" });
  }

  /** Unregisters where registered; resolves when the answer is there or the connection gone. */
  async stop(): Promise<void> {
    if (this.#state.phase === "unregistered") return;
    const stopped = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    this.#input({ type: "stop" });
    await stopped;
  }

  /** Drops everything at once. */
  dispose(): void {
    this.#timer?.[Symbol.dispose]();
    this.#disconnect();
    this.userAgent.dispose();
  }

  get view(): AccountView {
    const base = { id: this.id, registrar: formatUri(this.registrar) };
    const state = this.#state;
    switch (state.phase) {
      case "idle":
      case "connecting":
      case "registering":
        return { ...base, state: "connecting" };
      case "registered":
      case "refreshing":
        return { ...base, state: state.phase, ...(this.#expiresAt !== undefined && { expiresAt: this.#expiresAt }) };
      case "lost":
        return {
          ...base,
          state: "lost",
          reason: state.reason,
          ...(this.#retryAt !== undefined && { retryAt: this.#retryAt }),
        };
      case "rejected":
        return { ...base, state: "rejected", reason: state.reason };
      case "unregistering":
      case "unregistered":
        return { ...base, state: "unregistered" };
      default:
        return assertNever(state);
    }
  }

  #input(input: RegistrationInput): void {
    const before = this.#state;
    const { state, effects } = stepRegistration(before, input);
    this.#state = state;
    if (input.type === "accepted") {
      this.#expiresAt = this.#at(input.expires);
      // It serves: the next time, all are asked for anew.
      this.#targets = [];
    }
    for (const effect of effects) if (effect.type === "retryIn") this.#scheduleRetry(effect.seconds);
    if (before !== state || input.type === "accepted") this.#environment.changed(this.view);
    for (const effect of effects) this.#run(effect);
    if (state.phase === "registered" && !this.#announced) {
      this.#announced = true;
      this.#environment.registered();
    }
  }

  #run(effect: RegistrationEffect): void {
    switch (effect.type) {
      case "connect":
        void this.#connect();
        break;
      case "register":
        void this.#register(effect.expires);
        break;
      case "unregister":
        void this.#register(0);
        break;
      case "refreshIn":
        this.#arm(effect.seconds * 1000, { type: "refreshDue" });
        break;
      case "retryIn":
        break; // armed before the change was told, so that the view names the time
      case "disconnect":
        this.#disconnect();
        break;
      case "stopped":
        this.#timer?.[Symbol.dispose]();
        this.#stopped?.();
        break;
      default:
        assertNever(effect);
    }
  }

  #arm(delay: number, input: RegistrationInput): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#environment.clock.after(millis(delay), () => this.#input(input));
  }

  /** RFC 5626 §4.5: a random half to whole of the wait, so that a core that comes back is not met by all at once. */
  #scheduleRetry(seconds: number): void {
    const wait = seconds * (0.5 + Math.random() / 2);
    this.#retryAt = this.#at(wait);
    this.#arm(wait * 1000, { type: "retryDue" });
  }

  #at(seconds: number): string {
    return new Date(this.#environment.clock.now() + seconds * 1000).toISOString();
  }

  async #connect(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    const attempt = new AbortController();
    this.#connecting = attempt;
    try {
      const connection = await this.#reach(attempt.signal);
      if (attempt.signal.aborted) {
        connection.close();
        return;
      }
      this.#connection = connection;
      this.userAgent.connection = connection;
      connection.start(
        {
          message: (message) => this.userAgent.receive(message),
          closed: (error) => {
            if (this.#connection !== connection) return;
            const { reason: why } = error ?? new InletError("INLET_SIP_CONNECTION_LOST");
            this.#input({ type: "disconnected", reason: why });
          },
        },
        true,
      );
      this.#input({ type: "connected" });
    } catch (error) {
      if (attempt.signal.aborted) return;
      if (!(error instanceof InletError)) throw error;
      this.#input({ type: "disconnected", reason: error.reason });
    }
  }

  /** The first target that can be reached; those before it are not tried again until all were (RFC 3263 §4.3). */
  async #reach(signal: AbortSignal): Promise<OpenFlow> {
    if (this.#targets.length === 0) {
      const { dnsServers } = this.#options;
      this.#targets = await locateServer(this.registrar, dnsServers === undefined ? {} : { dnsServers });
    }
    let failure = new InletError("INLET_SIP_NOT_FOUND", this.registrar.host);
    while (this.#targets.length > 0 && !signal.aborted) {
      const [target, ...others] = this.#targets;
      this.#targets = others;
      if (target === undefined) break;
      try {
        const flow = await this.#open(target, target.protocol, signal);
        this.#target = target;
        return flow;
      } catch (error) {
        if (!(error instanceof InletError)) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  #open({ host, port, serverName }: ServerTarget, protocol: SipProtocol, signal?: AbortSignal): Promise<OpenFlow> {
    const { clock, log } = this.#environment;
    const trace = this.#environment.trace?.(this.id);
    const { tls } = this.#options;
    const target = { protocol, host, port, serverName, timeout: CONNECT_TIMEOUT, ...(tls !== undefined && { tls }) };
    return openFlow(target, { clock, log, ...(trace !== undefined && { trace }) }, signal);
  }

  /** A TCP connection beside UDP, for requests too large for a datagram; kept until the account disconnects. */
  #openStream(): Promise<OpenFlow> {
    const target = this.#target;
    if (target === undefined) return Promise.reject(new InletError("INLET_SIP_CONNECTION_LOST"));
    this.#stream ??= this.#open(target, "TCP").then((flow) => {
      const forget = (): void => {
        this.#stream = undefined;
      };
      flow.start({ message: (message) => this.userAgent.receive(message), closed: forget }, false);
      return flow;
    });
    this.#stream.catch(() => {
      this.#stream = undefined;
    });
    return this.#stream;
  }

  #disconnect(): void {
    this.#connecting?.abort();
    const connection = this.#connection;
    this.#connection = undefined;
    this.userAgent.connection = undefined;
    connection?.close();
    void this.#stream?.then(
      (stream) => stream.close(),
      () => undefined,
    );
    this.#stream = undefined;
    if (this.#announced) {
      this.#announced = false;
      this.#environment.unregistered();
    }
  }

  async #register(expires: number): Promise<void> {
    const connection = this.#connection;
    let input: RegistrationInput;
    try {
      input = this.#readAnswer(await this.#sendRegister(expires), expires);
    } catch (error) {
      // An answer that cannot be understood, such as a Contact that is none.
      if (!(error instanceof InletError)) throw error;
      input = { type: "refused", status: 500, reason: error.reason };
    }
    // An answer on a connection that is gone counts no more.
    if (connection === this.#connection) this.#input(input);
  }

  #sendRegister(expires: number): Promise<SipResponse> {
    return this.userAgent.request({
      method: "REGISTER",
      // RFC 3261 §10.2: the domain whose location service is meant, without a user.
      uri: `sip:${parseSipUri(this.id).host}`,
      headers: [
        { name: "contact", value: this.userAgent.contact },
        { name: "expires", value: `${expires}` },
      ],
      sequence: this.#sequence,
    });
  }

  #readAnswer(response: SipResponse, expires: number): RegistrationInput {
    const { status } = response;
    if (status < 300) {
      return { type: "accepted", expires: grantedExpires(response, this.userAgent.contactUri, expires) };
    }
    if (status === 423) {
      const minExpires = Number.parseInt(headerValue(response, "min-expires") ?? "", 10);
      if (Number.isFinite(minExpires)) return { type: "tooBrief", minExpires };
    }
    const retryAfter = Number.parseInt(headerValue(response, "retry-after") ?? "", 10);
    return {
      type: "refused",
      status,
      reason: this.#refusal(response),
      ...(Number.isFinite(retryAfter) && { retryAfter }),
    };
  }

  #refusal(response: SipResponse): Reason {
    const { status } = response;
    const words = `${status} ${response.reasonPhrase}`.trim().slice(0, 120);
    const authentication = this.userAgent.authenticationFailure(response);
    if (authentication !== undefined) return reason(authentication, isLocal(response) ? undefined : words);
    if (isLocal(response)) return reason(status === 408 ? "INLET_SIP_TIMEOUT" : "INLET_SIP_CONNECTION_LOST");
    return reason("INLET_REGISTRATION_REJECTED", words);
  }
}
