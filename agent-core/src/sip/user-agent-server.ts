/**
 * The server side of a user agent (RFC 3261 §8.2): a request is refused for what is wrong with it, handed to its dialog, or
 * to the handler for it. What a handler throws becomes the answer.
 */
import { InletError, type Log } from "../kernel/index.ts";
import { callIdOf, type Parameters, parseFeatures, type SipRequest, toOf } from "../wire/sip/index.ts";
import { ACCEPT, SUPPORTED } from "./capabilities.ts";
import { contactOf, keyOfRequest, tagOf } from "./dialog.ts";
import { IncomingInvite } from "./incoming-invite.ts";
import { IncomingRefer } from "./incoming-refer.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { InviteSession } from "./invite-session.ts";
import { refusalOf } from "./refusal.ts";
import { answerTimer } from "./session-timer.ts";
import type { ServerTransaction } from "./transaction/index.ts";
import type { DialogUsage, UserAgentCore } from "./user-agent-core.ts";

export interface UserAgentHandlers {
  /** Default: 603. */
  invite?(invite: IncomingInvite): void;
  /** REFER, in a session or outside. Default: 405. Nobody follows one unasked. */
  refer?(refer: IncomingRefer): void;
  /** Other requests, by method. One without handler is answered 405, or 481 where it needs a dialog. */
  readonly requests?: Readonly<Record<string, (request: IncomingRequest) => void>>;
}

/** Outside of a dialog they name one that is gone, or never was. */
const IN_DIALOG_ONLY: ReadonlySet<string> = new Set(["BYE", "PRACK", "UPDATE"]);

/** Methods that there is a handler for. */
export const handled = ({ requests = {}, refer }: UserAgentHandlers): readonly string[] => [
  ...Object.keys(requests),
  ...(refer === undefined ? [] : ["REFER"]),
];

export class UserAgentServer {
  readonly #core: UserAgentCore;
  readonly #handlers: UserAgentHandlers;
  readonly #features: Parameters;
  readonly #log: Log;

  /** `contactFeatures`: what the Contact declares. */
  constructor(core: UserAgentCore, handlers: UserAgentHandlers, contactFeatures: string) {
    this.#core = core;
    this.#handlers = handlers;
    this.#features = parseFeatures(contactFeatures);
    this.#log = core.log;
  }

  serve(transaction: ServerTransaction): void {
    const incoming = new IncomingRequest(transaction);
    try {
      const refusal = refusalOf(transaction.request, this.#features, this.#core.allow);
      if (refusal !== undefined) incoming.respond(refusal.status, refusal);
      else if (tagOf(toOf(transaction.request)) !== "") this.#serveInsideDialog(transaction);
      else if (transaction.request.method === "INVITE") this.#serveInvite(transaction);
      else this.#serveOutsideDialog(incoming);
    } catch (error) {
      const known = error instanceof InletError;
      this.#log(known ? "info" : "error", "sip.request.failed", {
        code: known ? error.code : "INLET_INTERNAL",
        detail: known ? error.detail : `${(error as Error).stack}`,
      });
      incoming.respond(known ? 400 : 500);
    }
  }

  acknowledged(request: SipRequest): void {
    this.#core.dialogs.get(keyOfRequest(request))?.ack(request);
  }

  #serveInsideDialog(transaction: ServerTransaction): void {
    const { request } = transaction;
    const { dialogs, expectedNotifies } = this.#core;
    const usage = dialogs.get(keyOfRequest(request));
    const incoming = new IncomingRequest(transaction);
    const early = expectedNotifies.get(`${callIdOf(request)} ${tagOf(toOf(request))}`);
    if (usage !== undefined) usage.receive(transaction);
    else if (request.method === "NOTIFY" && early !== undefined) early(incoming);
    else incoming.respond(481);
  }

  #serveInvite(transaction: ServerTransaction): void {
    const incoming = new IncomingRequest(transaction);
    if (contactOf(transaction.request) === undefined) {
      incoming.respond(400, { reasonPhrase: "Contact missing" });
      return;
    }
    const timer = answerTimer(transaction.request);
    if (!timer.accept) {
      incoming.respond(422, { headers: timer.headers });
      return;
    }
    if (this.#handlers.invite === undefined) {
      incoming.respond(603);
      return;
    }
    const invite = new IncomingInvite(this.#core, transaction);
    transaction.cancelled = (cancel) => invite.cancel(cancel);
    this.#handlers.invite(invite);
  }

  #serveOutsideDialog(incoming: IncomingRequest): void {
    if (IN_DIALOG_ONLY.has(incoming.request.method)) incoming.respond(481);
    else this.serveByHandler(incoming);
  }

  /** `within`: the dialog it came in. */
  serveByHandler(incoming: IncomingRequest, within?: DialogUsage): void {
    const { method } = incoming.request;
    const { allow, contact } = this.#core;
    const { refer, requests } = this.#handlers;
    const handler = requests?.[method];
    if (method === "REFER" && refer !== undefined)
      refer(new IncomingRefer(this.#core, incoming, within instanceof InviteSession ? within : undefined));
    else if (handler !== undefined) handler(incoming);
    else if (method === "OPTIONS")
      incoming.respond(200, { headers: [allow, ACCEPT, SUPPORTED, { name: "contact", value: contact }] });
    // RFC 6665 §4.1.3: of no subscription that stands.
    else if (method === "NOTIFY") incoming.respond(481);
    else incoming.respond(405, { headers: [allow] });
  }
}
