/**
 * A SIP user agent on one connection to its core, which is its outbound proxy: everything it sends goes there
 * (RFC 3261 §8.1.2). Ends for good when the connection does.
 */
import { type Clock, InletError, type Log } from "@inlet/agent-core/kernel";
import { SipConnection, UserAgent, type UserAgentHandlers } from "@inlet/agent-core/sip";
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
  readonly signal?: AbortSignal;
}

export interface ConnectedAgent extends Disposable {
  readonly userAgent: UserAgent;
  /** Our address on the connection: where a peer finds us. */
  readonly host: string;
  /** Aborted, with the reason, when the connection ends. */
  readonly lost: AbortSignal;
}

export const USER_AGENT = "Inlet/0.1";
const CONNECT_TIMEOUT = 10_000;
const SIP_PORT = 5060;

/** Fails with INLET_SIP_URI, INLET_SIP_TRANSPORT_UNSUPPORTED, INLET_SIP_CONNECTION_FAILED. */
export async function connectAgent(options: ConnectedAgentOptions): Promise<ConnectedAgent> {
  const { aor, clock, log, signal } = options;
  const registrar = parseSipUri(options.registrar);
  const transport = registrar.parameters.get("transport")?.toLowerCase() ?? "tcp";
  if (registrar.scheme !== "sip" || transport !== "tcp") {
    throw new InletError("INLET_SIP_TRANSPORT_UNSUPPORTED", registrar.scheme === "sips" ? "sips" : transport);
  }
  const user = options.user ?? parseSipUri(aor).user ?? "";
  const userAgent = new UserAgent({
    aor,
    ...(options.password !== undefined && { credentials: { user, password: options.password } }),
    contactFeatures: ";+g.oma.lcsi.sip-push",
    userAgent: USER_AGENT,
    handlers: options.handlers ?? {},
    log,
    clock,
  });
  const target = {
    host: registrar.host.replace(/^\[|\]$/g, ""),
    port: registrar.port ?? SIP_PORT,
    timeout: CONNECT_TIMEOUT,
  };
  try {
    const connection = await SipConnection.open(target, { clock, log }, signal);
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
      host: connection.localAddress,
      lost: lost.signal,
      [Symbol.dispose]: () => {
        userAgent.dispose();
        connection.close();
      },
    };
  } catch (error) {
    userAgent.dispose();
    throw error;
  }
}
