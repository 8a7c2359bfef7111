/**
 * A SIP user agent on one connection to its core, which is its outbound proxy: everything it sends goes there
 * (RFC 3261 §8.1.2). Ends for good when the connection does.
 */
import { type Clock, InletError, type Log } from "@inlet/agent-core/kernel";
import {
  locateServer,
  type OpenFlow,
  openFlow,
  type SipProtocol,
  type TlsOptions,
  UserAgent,
  type UserAgentHandlers,
} from "@inlet/agent-core/sip";
import { parseSipUri } from "@inlet/agent-core/wire/sip";

export interface ConnectedAgentOptions {
  readonly aor: string;
  /** `sip:host:port;transport=tcp` */
  readonly registrar: string;
  readonly user?: string;
  readonly password?: string;
  readonly handlers?: UserAgentHandlers;
  readonly log: Log;
  readonly clock: Clock;
  readonly tls?: TlsOptions;
  readonly signal?: AbortSignal;
}

export interface ConnectedAgent extends Disposable {
  readonly userAgent: UserAgent;
  readonly protocol: SipProtocol;
  /** Our address on the connection: where a peer finds us. */
  readonly host: string;
  /** Aborted, with the reason, when the connection ends. */
  readonly lost: AbortSignal;
  /** Where it is registered: it is so no longer when this resolves. */
  leave?(): Promise<void>;
}

export const USER_AGENT = "Inlet/0.1";
const CONNECT_TIMEOUT = 10_000;

/** Fails with INLET_SIP_URI, INLET_SIP_TRANSPORT_UNSUPPORTED, INLET_SIP_CONNECTION_FAILED. */
export async function connectAgent(options: ConnectedAgentOptions): Promise<ConnectedAgent> {
  const { aor, clock, log, signal } = options;
  const registrar = parseSipUri(options.registrar);
  const [server] = await locateServer(registrar);
  if (server === undefined) throw new InletError("INLET_SIP_NOT_FOUND", registrar.host);
  const target = { ...server, timeout: CONNECT_TIMEOUT, ...(options.tls !== undefined && { tls: options.tls }) };
  const open = (protocol: SipProtocol): Promise<OpenFlow> => openFlow({ ...target, protocol }, { clock, log }, signal);
  /** Beside UDP, for requests too large for a datagram. */
  const streams: OpenFlow[] = [];
  const user = options.user ?? parseSipUri(aor).user ?? "";
  const userAgent = new UserAgent({
    aor,
    ...(options.password !== undefined && { credentials: { user, password: options.password } }),
    contactFeatures: ";+g.oma.lcsi.sip-push",
    userAgent: USER_AGENT,
    handlers: options.handlers ?? {},
    openStream: async () => {
      const stream = await open("TCP");
      streams.push(stream);
      stream.start({ message: (message) => userAgent.receive(message), closed: () => undefined }, false);
      return stream;
    },
    log,
    clock,
  });
  try {
    const connection = await open(server.protocol);
    const lost = new AbortController();
    userAgent.connection = connection;
    connection.start(
      {
        message: (message) => userAgent.receive(message),
        closed: (error) => {
          userAgent.connection = undefined;
          lost.abort(error ?? new InletError("INLET_SIP_CONNECTION_LOST"));
        },
      },
      true,
    );
    return {
      userAgent,
      protocol: server.protocol,
      host: connection.localAddress,
      lost: lost.signal,
      [Symbol.dispose]: () => {
        userAgent.dispose();
        connection.close();
        for (const stream of streams) stream.close();
      },
    };
  } catch (error) {
    userAgent.dispose();
    throw error;
  }
}
