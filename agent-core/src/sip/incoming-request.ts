/** A request outside of any INVITE dialog that waits for its answer: MESSAGE, NOTIFY, REGISTER, SUBSCRIBE, REFER. */
import {
  NonInviteServerTransaction,
  type ResponseOptions,
  type UserAgentCore,
  UserAgentServer,
} from "sip.js/lib/core/index.js";
import type { SipRequest } from "../wire/sip/index.ts";
import type { CoreRequest } from "./core.ts";
import { formatHeaders, type Reply } from "./reply.ts";

export class IncomingRequest {
  readonly request: SipRequest;
  /** For this folder alone: what dialogs are made from. */
  readonly message: CoreRequest;
  readonly #server: UserAgentServer;
  #answered = false;

  constructor(core: UserAgentCore, message: CoreRequest) {
    this.request = message.source;
    this.message = message;
    this.#server = new UserAgentServer(NonInviteServerTransaction, core, message);
  }

  /** Answers once; a second answer is ignored, as is one after the connection went. */
  respond(status: number, reply: Reply = {}): void {
    if (this.#answered) return;
    this.#answered = true;
    const options = responseOptions(status, reply);
    if (status < 300) this.#server.accept(options);
    else this.#server.reject(options);
  }
}

export function responseOptions(status: number, reply: Reply): ResponseOptions {
  return {
    statusCode: status,
    ...(reply.reasonPhrase !== undefined && { reasonPhrase: reply.reasonPhrase }),
    ...(reply.toTag !== undefined && { toTag: reply.toTag }),
    extraHeaders: formatHeaders(reply.headers ?? []),
    ...(reply.body !== undefined && {
      body: { contentDisposition: "render", contentType: reply.body.contentType, content: reply.body.content },
    }),
  };
}
