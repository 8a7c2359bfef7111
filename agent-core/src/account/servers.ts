/**
 * The servers of one account, in the order to try them (RFC 3263 §4.3): the next one when one fails, all anew after one has
 * served. Addresses of one server are tried within moments of each other (RFC 8305), servers after seconds, and all of it
 * has an end. Fails with INLET_SIP_NOT_FOUND, INLET_SIP_CONNECTION_FAILED, INLET_SIP_CERTIFICATE.
 */
import { type Clock, InletError, type Millis, millis } from "../kernel/index.ts";
import { locateServer, type OpenFlow, type ServerTarget } from "../sip/index.ts";
import type { SipUri } from "../wire/sip/index.ts";

/** Until the next address, or the next server, is tried beside the one before it. */
const NEXT_ADDRESS = millis(250);
const NEXT_SERVER = millis(2_500);
/** For all of them together. */
const REACH_TIMEOUT = millis(30_000);

export interface ServersOptions {
  readonly registrar: SipUri;
  readonly dnsServers?: readonly string[];
  readonly clock: Clock;
  open(target: ServerTarget, signal: AbortSignal): Promise<OpenFlow>;
}

export class Servers {
  readonly #options: ServersOptions;
  /** Not tried yet. */
  #left: readonly ServerTarget[] = [];
  #served = false;
  #secure = false;
  #current: ServerTarget | undefined;

  constructor(options: ServersOptions) {
    this.#options = options;
  }

  /** A server is known that was not tried yet. */
  get others(): boolean {
    return this.#left.length > 0;
  }

  /** The one that was reached last. */
  get current(): ServerTarget | undefined {
    return this.#current;
  }

  /** The one that was reached serves: when it is lost, DNS is asked anew. */
  served(): void {
    this.#served = true;
  }

  /** It does not serve any more: the next search goes on with the others. */
  failed(): void {
    this.#served = false;
  }

  /** From now on only over TLS, wherever the domain says that it is served (RFC 3329 §2.3.1). */
  secure(): void {
    this.#secure = true;
    this.#left = [];
  }

  async reach(signal: AbortSignal): Promise<OpenFlow> {
    const { registrar, dnsServers, clock } = this.#options;
    if (this.#served || this.#left.length === 0) {
      const { scheme: _, port: __, parameters: ___, ...rest } = registrar;
      const uri: SipUri = this.#secure ? { ...rest, scheme: "sips", parameters: new Map() } : registrar;
      this.#left = await locateServer(uri, { clock, ...(dnsServers !== undefined && { dnsServers }) });
      this.#served = false;
    }
    if (signal.aborted) throw new InletError("INLET_SIP_CONNECTION_FAILED", "given up");
    const targets = this.#left;
    this.#left = [];
    const { flow, target, left } = await race(targets, this.#options, signal);
    this.#current = target;
    this.#left = left;
    return flow;
  }
}

interface Reached {
  readonly flow: OpenFlow;
  readonly target: ServerTarget;
  readonly left: readonly ServerTarget[];
}

/** The first that stands, in an order with head starts. */
function race(targets: readonly ServerTarget[], options: ServersOptions, signal: AbortSignal): Promise<Reached> {
  const { clock, open } = options;
  const over = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<Reached>();
  let next = 0;
  let running = 0;
  let timer: Disposable | undefined;
  const end = (settle: () => void): void => {
    if (over.signal.aborted) return;
    timer?.[Symbol.dispose]();
    deadline[Symbol.dispose]();
    settle();
    over.abort();
  };
  const deadline = clock.after(REACH_TIMEOUT, () =>
    end(() => reject(new InletError("INLET_SIP_CONNECTION_FAILED", "timed out"))),
  );
  const start = (): void => {
    timer?.[Symbol.dispose]();
    const target = targets[next];
    if (target === undefined) return;
    next++;
    running++;
    open(target, AbortSignal.any([signal, over.signal])).then(
      (flow) => {
        if (over.signal.aborted) flow.close();
        else end(() => resolve({ flow, target, left: targets.slice(next) }));
      },
      (error: unknown) => {
        running--;
        if (signal.aborted || !(error instanceof InletError)) end(() => reject(error));
        else if (next < targets.length) start();
        else if (running === 0) end(() => reject(error));
      },
    );
    const following = targets[next];
    if (following !== undefined && !over.signal.aborted) timer = clock.after(headStart(target, following), start);
  };
  start();
  return promise;
}

const headStart = (target: ServerTarget, following: ServerTarget): Millis =>
  target.server === following.server ? NEXT_ADDRESS : NEXT_SERVER;
