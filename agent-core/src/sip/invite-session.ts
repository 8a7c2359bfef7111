/**
 * An established INVITE dialog (RFC 3261 §12-15), either side. Ends by BYE from here or there, or when the ACK never
 * comes. Re-INVITEs are answered by the handler; SIP.js keeps sequence numbers, glare and retransmission.
 */
import type { IncomingInviteRequest, Session } from "sip.js/lib/core/index.js";
import type { SipRequest, SipResponse } from "../wire/sip/index.ts";
import { CoreRequest, fromCoreResponse } from "./core.ts";
import { responseOptions } from "./incoming-request.ts";
import { type Body, formatHeaders, type Reply } from "./reply.ts";

export interface InviteSessionHandlers {
  /** The other side ended it, or never acknowledged. After it nothing more comes. */
  ended?(how: "bye" | "unacknowledged", request?: SipRequest): void;
  /** The ACK to our 200 is there. */
  acknowledged?(request: SipRequest): void;
  /** A re-INVITE: the answer to give. Default 488, the session goes on unchanged. */
  reinvited?(request: SipRequest): { readonly status: number } & Reply;
}

export class InviteSession {
  readonly #session: Session;
  readonly #contact: () => string;
  #handlers: InviteSessionHandlers;
  #acknowledged: boolean;
  #byeWanted = false;
  #ended = false;

  /** `acknowledged`: false on the side that sent the 200 and waits for its ACK. */
  constructor(session: Session, contact: () => string, acknowledged: boolean, handlers: InviteSessionHandlers) {
    this.#session = session;
    this.#contact = contact;
    this.#acknowledged = acknowledged;
    this.#handlers = handlers;
    session.delegate = {
      onAck: ({ message }) => this.#onAck(message instanceof CoreRequest ? message.source : undefined),
      onAckTimeout: () => {
        this.#acknowledged = true;
        this.#sendBye();
        this.#finish("unacknowledged");
      },
      onBye: (bye) => {
        bye.accept({ statusCode: 200 });
        this.#finish("bye", bye.message instanceof CoreRequest ? bye.message.source : undefined);
      },
      onInvite: (invite) => this.#onReinvite(invite),
    };
  }

  /** Call-ID and tags: what Target-Dialog names. */
  get id(): { readonly callId: string; readonly localTag: string; readonly remoteTag: string } {
    const { callId, localTag, remoteTag } = this.#session;
    return { callId, localTag, remoteTag };
  }

  get ended(): boolean {
    return this.#ended;
  }

  handle(handlers: InviteSessionHandlers): void {
    this.#handlers = handlers;
  }

  /** Sends BYE; before the ACK has come it waits for it (RFC 3261 §15). */
  bye(): void {
    if (this.#ended) return;
    this.#handlers = {};
    if (this.#acknowledged) {
      this.#ended = true;
      this.#sendBye();
    } else this.#byeWanted = true;
  }

  /** Sends a re-INVITE and resolves with its final response; the ACK is sent here. */
  reinvite(body: Body): Promise<SipResponse> {
    return new Promise((resolve, reject) => {
      try {
        this.#session.invite(
          {
            onAccept: ({ message, ack }) => {
              ack();
              resolve(fromCoreResponse(message));
            },
            onReject: ({ message }) => resolve(fromCoreResponse(message)),
            onRedirect: ({ message }) => resolve(fromCoreResponse(message)),
          },
          {
            extraHeaders: formatHeaders([{ name: "contact", value: this.#contact() }]),
            body: { contentDisposition: "session", ...body },
          },
        );
      } catch (error) {
        reject(error);
      }
    });
  }

  #onAck(request: SipRequest | undefined): void {
    if (this.#acknowledged) return;
    this.#acknowledged = true;
    if (this.#byeWanted) {
      this.#ended = true;
      this.#sendBye();
    } else if (request !== undefined) this.#handlers.acknowledged?.(request);
  }

  #onReinvite(invite: IncomingInviteRequest): void {
    const request = invite.message instanceof CoreRequest ? invite.message.source : undefined;
    const answer = request === undefined ? undefined : this.#handlers.reinvited?.(request);
    if (answer === undefined || answer.status >= 300) {
      invite.reject(responseOptions(answer?.status ?? 488, answer ?? {}));
      return;
    }
    const headers = [...(answer.headers ?? []), { name: "contact", value: this.#contact() }];
    invite.accept(responseOptions(answer.status, { ...answer, headers }));
  }

  #finish(how: "bye" | "unacknowledged", request?: SipRequest): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#handlers.ended?.(how, request);
  }

  #sendBye(): void {
    // SIP.js throws when it believes an ACK is still due; the timeout path above has ruled that out.
    this.#session.bye();
  }
}
