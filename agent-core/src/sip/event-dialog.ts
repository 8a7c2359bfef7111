/** A dialog made by SUBSCRIBE or REFER (RFC 6665 §4.4): either side sends requests in it, each answered once. */

import {
  Dialog,
  type IncomingResponseMessage,
  type OutgoingRequestMessage,
  type UserAgentCore,
} from "sip.js/lib/core/index.js";
import { InletError } from "../kernel/index.ts";
import type { CoreRequest, CoreResponse } from "./core.ts";

type DialogState = ReturnType<typeof Dialog.initialDialogStateForUserAgentServer>;

export class EventDialog extends Dialog {
  readonly #received: (message: CoreRequest) => void;

  constructor(core: UserAgentCore, state: DialogState, received: (message: CoreRequest) => void) {
    super(core, state);
    this.#received = received;
  }

  /** On the subscriber's side: from the SUBSCRIBE and a 2xx to it. */
  static fromResponse(
    core: UserAgentCore,
    sent: OutgoingRequestMessage,
    response: CoreResponse | IncomingResponseMessage,
    received: (message: CoreRequest) => void,
  ): EventDialog {
    return new EventDialog(core, Dialog.initialDialogStateForUserAgentClient(sent, response), received);
  }

  /** On the notifier's side from the SUBSCRIBE; on the subscriber's side from a NOTIFY that overtook the 2xx. */
  static fromRequest(
    core: UserAgentCore,
    request: CoreRequest,
    localTag: string,
    received: (message: CoreRequest) => void,
  ): EventDialog {
    if (!request.hasHeader("Contact")) throw new InletError("INLET_SIP_SYNTAX", "Contact missing");
    return new EventDialog(core, Dialog.initialDialogStateForUserAgentServer(request, localTag), received);
  }

  override receiveRequest(message: CoreRequest): void {
    if (!this.sequenceGuard(message)) return;
    super.receiveRequest(message);
    this.#received(message);
  }
}
