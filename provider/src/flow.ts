/**
 * One client's connection, and whom it belongs to (RFC 5626 §2, docs/channels.md): who has proved to be a user on a
 * connection stays that user on it, and nobody else can be on it.
 */
import { randomToken } from "@inlet/agent-core/kernel";
import type { SipConnection } from "@inlet/agent-core/sip";
import { formatMessage, type SipMessage } from "@inlet/agent-core/wire/sip";

export class Flow {
  /** Names the connection in Via and Record-Route; not to be guessed. */
  readonly token = randomToken(96);
  readonly connection: SipConnection;
  /** Set once, by the first request with valid credentials. */
  user: string | undefined;

  constructor(connection: SipConnection) {
    this.connection = connection;
  }

  /** A connection that is gone takes nothing; its end is told by itself. */
  send(message: SipMessage): void {
    this.connection.send(formatMessage(message)).catch(() => undefined);
  }
}
