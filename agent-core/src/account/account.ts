/**
 * One account at work: connects, registers, keeps both alive, and hands its user agent to the procedures above. Runs
 * the effects of `registration.ts`; time, randomness and sockets are here.
 */
import type { Account as AccountView } from "../contract/index.ts";
import { assertNever, hostPort, InletError, millis, reason } from "../kernel/index.ts";
import {
  Ims,
  type OpenFlow,
  openFlow,
  type ServerTarget,
  type SipProtocol,
  statedProtocol,
  UserAgent,
} from "../sip/index.ts";
import { addressOfRecord, formatUri, PUSH_SERVICE, parseSipUri, type SipUri } from "../wire/sip/index.ts";
import { viewOf } from "./account-view.ts";
import { type AccountEnvironment, type AccountOptions, credentialsOf } from "./options.ts";
import { RegEvents } from "./reg-events.ts";
import { Registrar } from "./registrar.ts";
import {
  type RegistrationEffect,
  type RegistrationInput,
  type RegistrationState,
  stepRegistration,
} from "./registration.ts";
import { Servers } from "./servers.ts";
import { StreamBeside } from "./stream-beside.ts";

/** Seconds between registrations over UDP. */
const DATAGRAM_REFRESH = 60;
const CONNECT_TIMEOUT = 10_000;
/** For the answer to the last REGISTER: the stop does not wait for ever. */
const UNREGISTER_PATIENCE = 5;

export class Account {
  readonly id: string;
  readonly userAgent: UserAgent;
  readonly registrar: SipUri;
  readonly #options: AccountOptions;
  readonly #environment: AccountEnvironment;
  #state: RegistrationState = { phase: "idle" };
  #connection: OpenFlow | undefined;
  readonly #servers: Servers;
  readonly #registrar: Registrar;
  readonly #regEvents: RegEvents;
  #patience: Disposable | undefined;
  readonly #stream: StreamBeside;
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
    this.#servers = new Servers({
      registrar: this.registrar,
      clock: environment.clock,
      ...(options.dnsServers !== undefined && { dnsServers: options.dnsServers }),
      open: (target, signal) => this.#open(target, target.protocol, signal),
    });
    this.#stream = new StreamBeside(
      () => this.#openBeside(),
      (message) => this.userAgent.receive(message),
    );
    const ims = options.ims === undefined ? undefined : new Ims(options.ims);
    this.userAgent = new UserAgent({
      aor: this.id,
      credentials: credentialsOf(options, aor.user),
      ...(options.securityAgreement !== undefined && { securityAgreement: options.securityAgreement }),
      contactFeatures: `;${PUSH_SERVICE};+sip.instance="<${environment.instance}>"${ims?.features ?? ""}`,
      ...(ims !== undefined && { ims }),
      userAgent: environment.userAgent,
      handlers: environment.handlers,
      unknown: () => this.#regEvents.lost(),
      openStream: () => this.#stream.get(),
      log: environment.log,
      clock: environment.clock,
    });
    this.#registrar = new Registrar(this.userAgent, options.gruu, () => (ims === undefined ? [] : this.#firstHop()));
    this.#regEvents = new RegEvents({
      ...{ agent: this.userAgent, clock: environment.clock, log: environment.log },
      learned: (identities) => {
        this.#registrar.identities = identities;
        environment.changed(this.view);
      },
      again: () => this.#input({ type: "refreshDue" }),
      rejected: (why, retryAfter) => this.#input({ type: "ended", reason: why, retryAfter }),
    });
  }

  /** TS 24.229 §5.1.2A.1.1: the P-CSCF stands in Route before what the registrar named. */
  #firstHop(): readonly string[] {
    const server = this.#servers.current;
    if (server === undefined) return [];
    return [`<sip:${hostPort(server.host, server.port)};transport=${server.protocol.toLowerCase()};lr>`];
  }

  start(): void {
    this.#input({ type: "start" });
  }

  /** Tries again now, from `lost` or `rejected`. */
  reconnect(): void {
    this.#input({ type: "reconnect" });
  }

  /** Of the connection to the core; TCP where there is none. */
  get protocol(): SipProtocol {
    return this.#connection?.protocol ?? "TCP";
  }

  /** Ours on the connection to the core. */
  get localAddress(): string | undefined {
    return this.#connection?.localAddress;
  }

  /** The network came back or changed, or went. `holds`: the computer still has this address. */
  linkChanged(link: "up" | "down", holds: (address: string) => boolean): void {
    const address = this.#connection?.localAddress;
    const held = address !== undefined && holds(address);
    if (link === "up") this.#input({ type: "linkUp", moved: address !== undefined && !held });
    // A core on this computer needs no network.
    else if (!held) this.#input({ type: "linkDown" });
  }

  /** The computer goes to sleep: the core is told by the end of the connection. */
  suspended(): void {
    this.#input({ type: "suspended" });
  }

  /** It was asleep: what stood before may be gone without a word. */
  resumed(): void {
    this.#input({ type: "resumed" });
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
    return viewOf(this.#state, {
      id: this.id,
      registrar: formatUri(this.registrar),
      identities: this.#registrar.identities,
      expiresAt: this.#expiresAt,
      retryAt: this.#retryAt,
    });
  }

  #input(input: RegistrationInput): void {
    const before = this.#state;
    const { state, effects } = stepRegistration(before, input);
    this.#state = state;
    if (input.type === "accepted") {
      this.#expiresAt = this.#in(input.expires * 1000);
      this.#servers.served();
    } else if (input.type === "refused" || input.type === "unanswered") this.#servers.failed();
    for (const effect of effects) if (effect.type === "retryIn") this.#scheduleRetry(effect);
    if (before !== state || input.type === "accepted") this.#environment.changed(this.view);
    for (const effect of effects) this.#run(effect);
    if (state.phase === "registered" && !this.#announced) {
      this.#announced = true;
      if (this.#options.regEvents ?? this.#registrar.identities.length > 0) this.#regEvents.start();
      this.#environment.registered();
    }
  }

  #run(effect: RegistrationEffect): void {
    switch (effect.type) {
      case "connect":
        void this.#connect();
        break;
      case "register":
        void this.#register(effect.expires, effect.patience);
        break;
      case "unregister":
        void this.#register(0, UNREGISTER_PATIENCE);
        break;
      case "refreshIn":
        this.#arm(1000 * this.#refreshAfter(effect.seconds), { type: "refreshDue" });
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

  /** Over UDP nothing but a REGISTER shows that the core still knows us: one that has forgotten answers all else. */
  #refreshAfter(seconds: number): number {
    return this.#connection?.reliable === false ? Math.min(seconds, DATAGRAM_REFRESH) : seconds;
  }

  #arm(delay: number, input: RegistrationInput): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#environment.clock.after(millis(delay), () => this.#input(input));
  }

  /** RFC 5626 §4.5: a random half to whole of the wait, so that a core that comes back is not met by all at once. */
  #scheduleRetry({ seconds, atLeast }: RegistrationEffect & { readonly type: "retryIn" }): void {
    const share = atLeast === true ? 1 + Math.random() / 10 : 0.5 + Math.random() / 2;
    const wait = Math.ceil(seconds * 1000 * share);
    this.#retryAt = this.#in(wait);
    this.#arm(wait, { type: "retryDue" });
  }

  #in(delay: number): string {
    return new Date(this.#environment.clock.now() + delay).toISOString();
  }

  async #connect(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    const attempt = new AbortController();
    this.#connecting = attempt;
    try {
      const connection = await this.#servers.reach(attempt.signal);
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
            this.#input({ type: "disconnected", reason: why, others: this.#servers.others });
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

  #open({ host, port, serverName }: ServerTarget, protocol: SipProtocol, signal?: AbortSignal): Promise<OpenFlow> {
    const { clock, log } = this.#environment;
    const trace = this.#environment.trace?.(this.id);
    const { tls } = this.#options;
    const target = { protocol, host, port, serverName, timeout: CONNECT_TIMEOUT, ...(tls !== undefined && { tls }) };
    return openFlow(target, { clock, log, ...(trace !== undefined && { trace }) }, signal);
  }

  async #openBeside(): Promise<OpenFlow> {
    const target = this.#servers.current;
    if (target === undefined) throw new InletError("INLET_SIP_CONNECTION_LOST");
    return this.#open(target, "TCP");
  }

  #disconnect(): void {
    this.#connecting?.abort();
    this.#patience?.[Symbol.dispose]();
    const connection = this.#connection;
    this.#connection = undefined;
    this.userAgent.connection = undefined;
    connection?.close();
    this.#stream.close();
    this.#regEvents.stop();
    if (this.#announced) {
      this.#announced = false;
      this.#environment.unregistered();
    }
  }

  async #register(expires: number, patience: number): Promise<void> {
    const connection = this.#connection;
    this.#patience?.[Symbol.dispose]();
    const overdue = this.#environment.clock.after(millis(patience * 1000), () => {
      this.#input({ type: "unanswered", reason: reason("INLET_SIP_TIMEOUT"), others: this.#servers.others });
    });
    this.#patience = overdue;
    const answer = await this.#registrar.ask(expires, connection);
    // On a connection that is gone it counts no more.
    if (connection !== this.#connection) return;
    const input = this.#registrar.understand(answer, this.#servers.others);
    if (this.userAgent.needsTls && input.type === "disconnected") this.#servers.secure();
    overdue[Symbol.dispose]();
    this.#input(input);
  }
}
