/**
 * The other side as one object: registrar and proxy, channel server, and a sender of its own. Everything between them
 * goes over real connections, so that what works here works with a core in between.
 */
import { type Clock, InletError, type Log, randomToken, systemClock } from "@inlet/agent-core/kernel";
import { addressOfRecord, parseSipUri } from "@inlet/agent-core/wire/sip";
import { type ChannelDefinition, channelsById, channelUri } from "./channel-definition.ts";
import { ChannelServer, channelTag } from "./channel-server.ts";
import { type FileToPush, readOutgoingFile } from "./outgoing-file.ts";
import { type PageMessage, sendMessage } from "./page-message.ts";
import { pushFiles } from "./push-files.ts";
import { CHANNEL_PREFIX } from "./routing.ts";
import type { FileResult } from "./send-result.ts";
import { SenderMedia } from "./sender-media.ts";
import { SipServer } from "./server.ts";
import { ServiceAgent } from "./service-agent.ts";

export interface ProviderOptions {
  /** Port 0 takes a free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly domain: string;
  readonly users: readonly { readonly name: string; readonly password: string }[];
  readonly channels?: readonly ChannelDefinition[];
  readonly log: Log;
  readonly clock?: Clock;
  /** A device of the user registered that was not there before. */
  registered?(aor: string): void;
  /** The user has accepted the channel's invitation. */
  subscribed?(aor: string, channel: string): void;
}

export interface Push {
  readonly to: string;
  /** Default: the provider's own address. Any address of the domain that is no user's. */
  readonly from?: { readonly uri: string; readonly displayName?: string };
  readonly subject?: string;
  readonly files: readonly FileToPush[];
  readonly signal?: AbortSignal;
}

export interface Provider {
  /** `host:port` */
  readonly address: string;
  /** `sip:host:port;transport=tcp` */
  readonly registrar: string;
  readonly domain: string;
  /** Offers files to a user and sends what is accepted. Fails with INLET_FILE_UNREADABLE, INLET_ACCOUNT_OFFLINE. */
  push(push: Push): Promise<FileResult[]>;
  /** Likewise to everyone who has the channel, each with an offer of their own. INLET_CHANNEL_UNKNOWN. */
  publish(
    channel: string,
    files: readonly FileToPush[],
    signal?: AbortSignal,
  ): Promise<{ readonly aor: string; readonly results: FileResult[] }[]>;
  message(message: PageMessage): Promise<Omit<FileResult, "file">>;
  stop(): Promise<void>;
}

/** The account that channels and the provider's own messages speak through. */
const SERVICE = "inlet-service";

/** Fails with INLET_PROVIDER_ADDRESS or INLET_PROVIDER_SETUP; nothing is then left open. */
export async function startProvider(options: ProviderOptions): Promise<Provider> {
  const clock = options.clock ?? systemClock;
  const { log, listen } = options;
  const domain = parseSipUri(`sip:${options.domain}`).host;
  const channels = channelsById(options.channels ?? []);
  const password = randomToken(160);
  const server = await SipServer.listen({
    listen,
    domain,
    users: new Map([...passwords(options.users), [SERVICE, password]]),
    service: SERVICE,
    log,
    clock,
    registered: (user) => {
      if (user !== SERVICE) options.registered?.(`sip:${user}@${domain}`);
    },
  });
  const registrar = `sip:${server.address};transport=tcp`;
  const channelServer: ChannelServer = new ChannelServer({
    domain,
    channels,
    log,
    clock,
    agent: () => service.current,
    subscribed: (aor, { id }) => options.subscribed?.(aor, id),
  });
  const service: ServiceAgent = new ServiceAgent({
    aor: `sip:${SERVICE}@${domain}`,
    registrar: reachable(registrar),
    password,
    handlers: channelServer.handlers,
    log,
    clock,
  });
  try {
    await service.start();
  } catch (error) {
    service.stop();
    await server.stop();
    throw error;
  }
  return new RunningProvider(server, channelServer, service, { registrar, domain, channels, log, clock });
}

/** INLET_PROVIDER_SETUP where a name is no user part, stands twice, or is one that the provider needs. */
function passwords(users: ProviderOptions["users"]): ReadonlyMap<string, string> {
  const byName = new Map<string, string>();
  for (const { name, password } of users) {
    const taken = byName.has(name) || name === SERVICE || name.startsWith(CHANNEL_PREFIX);
    if (taken || !/^[A-Za-z0-9\-_.!~*'()+$]{1,64}$/.test(name) || password === "") {
      throw new InletError("INLET_PROVIDER_SETUP", `user ${name}`);
    }
    byName.set(name, password);
  }
  return byName;
}

/** Who listens on every address is reached on its loopback. */
const reachable = (registrar: string): string =>
  registrar.replace("sip:0.0.0.0:", "sip:127.0.0.1:").replace("sip:[::]:", "sip:[::1]:");

interface Setup {
  readonly registrar: string;
  readonly domain: string;
  readonly channels: ReadonlyMap<string, ChannelDefinition>;
  readonly log: Log;
  readonly clock: Clock;
}

class RunningProvider implements Provider {
  readonly #server: SipServer;
  readonly #channels: ChannelServer;
  readonly #service: ServiceAgent;
  readonly #setup: Setup;
  readonly #media: SenderMedia;
  readonly #running = new Set<Promise<unknown>>();
  readonly #stopping = new AbortController();
  #stopped: Promise<void> | undefined;

  constructor(server: SipServer, channels: ChannelServer, service: ServiceAgent, setup: Setup) {
    this.#server = server;
    this.#channels = channels;
    this.#service = service;
    this.#setup = setup;
    this.#media = new SenderMedia(setup);
  }

  get address(): string {
    return this.#server.address;
  }

  get registrar(): string {
    return this.#setup.registrar;
  }

  get domain(): string {
    return this.#setup.domain;
  }

  push(push: Push): Promise<FileResult[]> {
    return this.#track(this.#push(push, []));
  }

  publish(id: string, files: readonly FileToPush[], signal?: AbortSignal): ReturnType<Provider["publish"]> {
    return this.#track(this.#publish(id, files, signal));
  }

  message(message: PageMessage): Promise<Omit<FileResult, "file">> {
    return this.#track((async () => sendMessage(this.#service.agent, { ...message, to: address(message.to) }))());
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running);
    await this.#channels.stop();
    this.#service.stop();
    await this.#server.stop();
  }

  async #publish(id: string, files: readonly FileToPush[], signal?: AbortSignal) {
    const { channels, domain } = this.#setup;
    const channel = channels.get(id);
    if (channel === undefined) throw new InletError("INLET_CHANNEL_UNKNOWN", id);
    const from = { uri: channelUri(id, domain), displayName: channel.name };
    const subscribers = this.#channels.subscribers(id);
    return Promise.all(
      subscribers.map(async (aor) => ({
        aor,
        results: await this.#push({ to: aor, from, files, ...(signal !== undefined && { signal }) }, [channelTag(id)]),
      })),
    );
  }

  async #push(push: Push, acceptContact: readonly string[]): Promise<FileResult[]> {
    const { log, clock } = this.#setup;
    const signal = AbortSignal.any([this.#stopping.signal, ...(push.signal === undefined ? [] : [push.signal])]);
    const files = await Promise.all(push.files.map((file) => readOutgoingFile(file, signal)));
    const { from, subject } = push;
    return pushFiles(this.#service.agent, {
      to: address(push.to),
      files,
      acceptContact,
      media: this.#media,
      clock,
      log,
      signal,
      ...(from !== undefined && { from }),
      ...(subject !== undefined && { subject }),
    });
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    return work.finally(() => this.#running.delete(work));
  }
}

/** INLET_SIP_URI */
const address = (text: string): string => addressOfRecord(parseSipUri(text));
