/** A request other than INVITE that waits for its one answer. */
import type { SipRequest } from "../wire/sip/index.ts";
import { contents, type Reply } from "./reply.ts";
import { makeResponse } from "./response.ts";
import type { ServerTransaction } from "./transaction/index.ts";

export class IncomingRequest {
  readonly request: SipRequest;
  readonly #transaction: ServerTransaction;

  constructor(transaction: ServerTransaction) {
    this.request = transaction.request;
    this.#transaction = transaction;
  }

  /** The tag our answers bear: ours in a dialog that this request makes. */
  get localTag(): string {
    return this.#transaction.toTag;
  }

  /** Answers once; a second answer is ignored, as is one after the connection went. */
  respond(status: number, reply: Reply = {}): void {
    const { toTag } = this.#transaction;
    const { reasonPhrase } = reply;
    const more = { ...contents(reply), ...(reasonPhrase !== undefined && { reasonPhrase }) };
    this.#transaction.respond(makeResponse(this.request, status, toTag, more));
  }
}
