/**
 * One MSRP message being received, and the sink its octets go to.
 *
 *   receiving ──whole──► completing ──durable──► done
 *       └──refused, aborted, lost──► failed ◄──not kept──┘
 *
 * The sink sees exactly one of complete() and abort().
 */
import { ERRORS, InletError, type Log, type Reason } from "../kernel/index.ts";
import type { FailureReport, MsrpRequest } from "../wire/msrp/index.ts";
import { Assembly } from "./assembly.ts";
import type { StageOwner } from "./stage.ts";

export interface MessageHead {
  readonly messageId: string;
  readonly contentType: string;
  /** Content-Disposition, Content-Description and the like, by lower-case name. */
  readonly otherMimeHeaders: ReadonlyMap<string, string>;
  readonly totalSize?: number;
  readonly successReport: boolean;
  readonly failureReport: FailureReport;
}

export interface MessageSink {
  /** `position`: octet of the MSRP message, from 0. `bytes` is valid during the call only. Throws InletError to stop. */
  write(position: number, bytes: Uint8Array): void;
  /** After a write: nothing more is wanted before it resolves. It never rejects. */
  readonly full?: Promise<void> | undefined;
  /** Resolves when all is durable and verified; only then is the last chunk answered. Rejects with InletError. */
  complete(total: number): Promise<void>;
  /** The message ends here, unfinished. */
  abort(reason: Reason): void;
}

/** The status a peer sees for an error; what has none of its own means: stop sending. */
export const statusOf = (error: InletError): number => ERRORS[error.code].msrp ?? 413;

/** What the receiver threw. A bug in it ends its message, not the connections of others. */
export function understood(error: unknown, log: Log): InletError {
  if (error instanceof InletError) return error;
  log("error", "msrp.sinkFailed", { error: error instanceof Error ? error.stack : String(error) });
  return new InletError("INLET_INTERNAL", undefined, { cause: error });
}

export interface InboundMessageOptions {
  /** Its first SEND: whom to tell of it. */
  readonly request: MsrpRequest;
  readonly head: MessageHead;
  readonly sink: MessageSink;
  readonly maxSize: number | undefined;
  /** Octets from its beginning that need not come. */
  readonly present: number;
  readonly log: Log;
  /** The sink would not take what had come. */
  unwritten(message: InboundMessage): void;
  /** The sink takes no more until then. */
  blocked(until: Promise<void>): void;
}

export class InboundMessage implements StageOwner {
  readonly id: string;
  readonly request: MsrpRequest;
  readonly failureReport: FailureReport;
  readonly assembly: Assembly;
  successReport: boolean;
  #state: "receiving" | "completing" | "done" | "failed" = "receiving";
  #failure: InletError | undefined;
  readonly #sink: MessageSink;
  readonly #log: Log;
  readonly #unwritten: (message: InboundMessage) => void;
  readonly #blocked: (until: Promise<void>) => void;
  #waiting = false;

  constructor({ request, head, sink, maxSize, present, log, unwritten, blocked }: InboundMessageOptions) {
    this.id = head.messageId;
    this.request = request;
    this.failureReport = head.failureReport;
    this.#unwritten = unwritten;
    this.#blocked = blocked;
    this.successReport = head.successReport;
    this.assembly = new Assembly(maxSize, present);
    this.#sink = sink;
    this.#log = log;
  }

  get receiving(): boolean {
    return this.#state === "receiving";
  }

  get ended(): boolean {
    return this.#state === "done" || this.#state === "failed";
  }

  /** Why no more is taken. */
  get failure(): InletError | undefined {
    return this.#failure;
  }

  write(position: number, bytes: Uint8Array): void {
    if (!this.receiving) return;
    try {
      this.#sink.write(position, bytes);
      const { full } = this.#sink;
      if (full !== undefined && !this.waiting) this.#wait(full);
    } catch (error) {
      this.fail(understood(error, this.#log));
      this.#unwritten(this);
    }
  }

  /** Its sink takes no more for now. */
  get waiting(): boolean {
    return this.#waiting;
  }

  #wait(until: Promise<void>): void {
    this.#waiting = true;
    this.#blocked(
      until.then(() => {
        this.#waiting = false;
      }),
    );
  }

  fail(error: InletError): void {
    if (!this.receiving) return;
    this.#state = "failed";
    this.#failure = error;
    try {
      this.#sink.abort(error.reason);
    } catch (thrown) {
      understood(thrown, this.#log);
    }
  }

  /** The failure, or undefined when the message is kept. */
  async complete(): Promise<InletError | undefined> {
    this.#state = "completing";
    try {
      await this.#sink.complete(this.assembly.total ?? 0);
      this.#state = "done";
    } catch (error) {
      this.#state = "failed";
      this.#failure = understood(error, this.#log);
    }
    return this.#failure;
  }
}
