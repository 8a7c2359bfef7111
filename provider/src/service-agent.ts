/**
 * The provider's own user agent: connected to the provider over loopback like any client, and connected again should
 * that connection break. Its registration is what routes the channels' requests to it.
 */
import { type Clock, InletError, type Log, millis } from "@inlet/agent-core/kernel";
import type { UserAgentHandlers } from "@inlet/agent-core/sip";
import { type ConnectedAgent, connectAgent } from "./connected-agent.ts";
import { MAX_EXPIRES } from "./registrar.ts";

export interface ServiceAgentOptions {
  readonly aor: string;
  readonly registrar: string;
  readonly password: string;
  readonly handlers: UserAgentHandlers;
  readonly log: Log;
  readonly clock: Clock;
}

const REFRESH = (MAX_EXPIRES / 2) * 1000;
const RECONNECT = 1_000;

export class ServiceAgent {
  readonly #options: ServiceAgentOptions;
  #agent: ConnectedAgent | undefined;
  #timer: Disposable | undefined;
  #stopped = false;

  constructor(options: ServiceAgentOptions) {
    this.#options = options;
  }

  /** undefined while there is no connection. */
  get current(): ConnectedAgent | undefined {
    return this.#agent;
  }

  /** INLET_ACCOUNT_OFFLINE while there is no connection. */
  get agent(): ConnectedAgent {
    if (this.#agent === undefined) throw new InletError("INLET_ACCOUNT_OFFLINE");
    return this.#agent;
  }

  /** Connects and registers. Fails as these do. */
  async start(): Promise<void> {
    const agent = await connectAgent(this.#options);
    agent.lost.addEventListener("abort", () => this.#lost(agent), { once: true });
    try {
      await this.#register(agent);
    } catch (error) {
      agent[Symbol.dispose]();
      throw error;
    }
    this.#agent = agent;
    this.#refresh(agent);
  }

  /** What is on its way out still goes. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.[Symbol.dispose]();
    this.#agent?.[Symbol.dispose]();
    this.#agent = undefined;
  }

  async #register(agent: ConnectedAgent): Promise<void> {
    const { status } = await agent.userAgent.request({
      method: "REGISTER",
      uri: this.#options.registrar,
      headers: [
        { name: "contact", value: agent.userAgent.contact },
        { name: "expires", value: `${MAX_EXPIRES}` },
      ],
    });
    if (status >= 300) throw new InletError("INLET_REGISTRATION_REJECTED", `${status}`);
  }

  #refresh(agent: ConnectedAgent): void {
    this.#timer = this.#options.clock.after(millis(REFRESH), () => {
      this.#register(agent)
        .then(() => this.#refresh(agent))
        .catch((error: unknown) => {
          this.#options.log("error", "provider.service.lost", { error: `${error}` });
          agent[Symbol.dispose]();
        });
    });
  }

  #lost(agent: ConnectedAgent): void {
    if (this.#agent !== agent) return;
    agent[Symbol.dispose]();
    this.#agent = undefined;
    this.#reconnect();
  }

  #reconnect(): void {
    this.#timer?.[Symbol.dispose]();
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(millis(RECONNECT), () => {
      this.start().catch(() => this.#reconnect());
    });
  }
}
