/**
 * The Push Sender Agent's session (seed 001 §6.5.2): the accepted lines run side by side, over one MSRP connection where
 * they go to the same place. A line that has ended is closed by a re-INVITE with port 0 while others run, several at once where they ended
 * together; the last one ends the session with BYE to the peer's Contact.
 */
import { type Clock, InletError, LIMITS, type Log, millis, reason } from "@inlet/agent-core/kernel";
import type { InviteSession, Reply } from "@inlet/agent-core/sip";
import {
  type MsrpMedia,
  parseSessionDescription,
  placesOf,
  readMsrpMedia,
  type SessionDescription,
} from "@inlet/agent-core/wire";
import { reasonOf, type SipRequest, type SipResponse } from "@inlet/agent-core/wire/sip";
import { LineConnections } from "./line-connections.ts";
import { sendLine } from "./line-sender.ts";
import { formatOfferSdp, type OfferDescription, type OfferedLine } from "./offer-body.ts";
import type { OutgoingFile } from "./outgoing-file.ts";
import type { FileResult } from "./send-result.ts";
import type { LineMedia, SenderMedia } from "./sender-media.ts";

export interface PushSessionOptions {
  readonly session: InviteSession;
  readonly offer: OfferDescription;
  /** The 200 to our offer. */
  readonly response: SipResponse;
  readonly from: string;
  readonly to: string;
  readonly media: SenderMedia;
  /** By line of the offer. */
  readonly lines: readonly LineMedia[];
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted with an InletError: everything that still runs ends. */
  readonly signal: AbortSignal;
  /** One file after the other, instead of side by side. */
  readonly oneByOne?: boolean;
  onProgress?(index: number, octets: number): void;
}

type Outcome = Omit<FileResult, "file">;

interface Line {
  readonly offered: OfferedLine;
  readonly media: LineMedia;
  readonly abort: AbortController;
  /** As the receiver is reached; it may move (RFC 4975 §8.4). */
  answer: MsrpMedia | undefined;
  path: readonly string[];
  moved: PromiseWithResolvers<void>;
  /** In use with the receiver: it was accepted and not yet closed. */
  open: boolean;
}

const rejected = (why?: string): Outcome => ({ outcome: "rejected", reason: reason("INLET_SEND_REJECTED", why) });

const SDP = "application/sdp";
const LOST: ReadonlySet<string> = new Set(["INLET_MSRP_CONNECTION_LOST", "INLET_MSRP_TIMEOUT"]);

export class PushSession {
  readonly #options: PushSessionOptions;
  readonly #lines: readonly Line[];
  readonly #connections: LineConnections;
  #version: number;
  #reinviting: Promise<void> | undefined;
  /** Lines have ended since the last re-INVITE. */
  #changed = false;

  constructor(options: PushSessionOptions) {
    this.#options = options;
    this.#connections = new LineConnections(options.clock, options.log, options.media);
    this.#version = options.offer.version;
    this.#lines = options.lines.flatMap((media, index) => {
      const offered = options.offer.lines[index];
      return offered === undefined
        ? []
        : [
            {
              offered,
              media,
              abort: new AbortController(),
              answer: undefined,
              path: [],
              moved: Promise.withResolvers(),
              open: false,
            },
          ];
    });
  }

  /** Runs to the end and releases the session. One outcome a line, in their order. */
  async run(): Promise<Outcome[]> {
    const { session, signal } = this.#options;
    const abortAll = (why: InletError): void => {
      for (const { abort } of this.#lines) abort.abort(why);
    };
    const aborted = (): void => abortAll(signal.reason);
    signal.addEventListener("abort", aborted, { once: true });
    session.handle({
      ended: (_, request) => abortAll(new InletError("INLET_SEND_ENDED", request && reasonOf(request)?.words)),
      reinvited: (request) => this.#reinvited(request),
    });
    if (signal.aborted) aborted();
    try {
      const answers = this.#answers();
      for (const [index, answer] of answers.entries()) this.#open(index, answer);
      if (this.#options.oneByOne !== true)
        return await Promise.all(answers.map((answer, index) => this.#run(index, answer)));
      const outcomes: Outcome[] = [];
      for (const [index, answer] of answers.entries()) outcomes.push(await this.#run(index, answer));
      return outcomes;
    } finally {
      signal.removeEventListener("abort", aborted);
      await this.#settled();
      await this.#connections[Symbol.asyncDispose]();
      session.bye();
    }
  }

  /** By line of the offer: what the receiver answered, or why it is not to be sent. */
  #answers(): (MsrpMedia | Outcome)[] {
    let description: SessionDescription;
    try {
      description = parseSessionDescription(this.#options.response.body);
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      return this.#lines.map(() => ({ outcome: "failed", reason: error.reason }));
    }
    return this.#lines.map((_, index) => {
      const answered = description.media[index];
      if (answered === undefined || answered.port === 0) {
        return rejected();
      }
      try {
        const answer = readMsrpMedia(answered, description);
        // RFC 3264 §6.1: it takes nothing, now.
        if (answered.direction === "inactive") return rejected("inactive");
        return answer;
      } catch (error) {
        if (!(error instanceof InletError)) throw error;
        return { outcome: "failed", reason: error.reason };
      }
    });
  }

  /** A line that was accepted is in use from the beginning, also where its file waits for others. */
  #open(index: number, answer: MsrpMedia | Outcome): void {
    const line = this.#lines[index];
    if (line?.offered.file === undefined || "outcome" in answer) return;
    line.open = true;
    line.answer = answer;
    line.path = answer.path;
  }

  async #run(index: number, answer: MsrpMedia | Outcome): Promise<Outcome> {
    const line = this.#lines[index];
    const file = line?.offered.file;
    if ("outcome" in answer || line === undefined || file === undefined) return answer as Outcome;
    const outcome = await this.#send(index, line, file);
    line.open = false;
    this.#close();
    return outcome;
  }

  async #send(index: number, line: Line, file: OutgoingFile): Promise<Outcome> {
    const { from, to, clock, onProgress } = this.#options;
    for (;;) {
      const { answer, media, abort, moved } = line;
      if (answer === undefined) throw new Error("not accepted");
      const left = new AbortController();
      void moved.promise.then(() => left.abort(new InletError("INLET_MSRP_CONNECTION_LOST")));
      try {
        const status = await sendLine({
          ...{ file, media, answer, from, to, clock },
          path: () => line.path,
          connections: this.#connections,
          signal: AbortSignal.any([abort.signal, left.signal]),
          onProgress: (octets) => onProgress?.(index, octets),
        });
        return { outcome: status };
      } catch (error) {
        if (!(error instanceof InletError)) throw error;
        if (await this.#moves(line, answer, error)) continue;
        return { outcome: error.code === "INLET_SEND_REJECTED" ? "rejected" : "failed", reason: error.reason };
      }
    }
  }

  /** A receiver whose relay was lost may come back by another path, and says so. */
  async #moves(line: Line, { path }: MsrpMedia, why: InletError): Promise<boolean> {
    const { signal } = line.abort;
    // Where our own relay is gone, our path is too: that takes a new offer.
    const stays = path.length > 1 && line.media.relay?.lost.aborted !== true;
    const moved = (): boolean => line.answer?.path !== path;
    if (!moved() && stays && LOST.has(why.code) && !signal.aborted) {
      const late = Promise.withResolvers<void>();
      const ended = (): void => late.resolve();
      signal.addEventListener("abort", ended, { once: true });
      using _ = this.#options.clock.after(millis(LIMITS.relayReturn), late.resolve);
      await Promise.race([line.moved.promise, late.promise]);
      signal.removeEventListener("abort", ended);
    }
    return moved() && !signal.aborted;
  }

  /** A line has ended: the others go on without it (S1-48, S1-55, S1-56). */
  #close(): void {
    this.#changed = true;
    this.#reinviting ??= this.#reinvite().finally(() => {
      this.#reinviting = undefined;
    });
  }

  async #reinvite(): Promise<void> {
    const { session, log } = this.#options;
    // Lines that end in the same turn go into one re-INVITE.
    await Promise.resolve();
    while (this.#changed && !session.ended && this.#lines.some(({ open }) => open)) {
      this.#changed = false;
      const { status } = await session.reinvite(() => {
        this.#version++;
        return { contentType: SDP, content: this.#sdp() };
      });
      // The BYE at the end closes the line as well.
      if (status >= 300) log("info", "provider.reinvite.refused", { status });
    }
  }

  #sdp(): string {
    const { offer } = this.#options;
    const lines = this.#lines.map(({ offered, open }) => ({ ...offered, closed: !open }));
    return formatOfferSdp({ ...offer, version: this.#version, lines });
  }

  /** The receiver may close lines, move them, or repeat what stands; it cannot open any. */
  #reinvited(request: SipRequest): { readonly status: number } & Reply {
    try {
      if (request.body.length > 0) this.#asked(parseSessionDescription(request.body));
    } catch (error) {
      if (!(error instanceof InletError)) throw error;
      return { status: 488 };
    }
    this.#version++;
    return { status: 200, body: { contentType: SDP, content: this.#sdp() } };
  }

  #asked(description: SessionDescription): void {
    for (const [index, line] of this.#lines.entries()) {
      const media = description.media[index];
      if (media === undefined || !line.open) continue;
      if (media.port === 0) {
        line.open = false;
        line.abort.abort(new InletError("INLET_SEND_ENDED"));
        continue;
      }
      const answer = readMsrpMedia(media, description);
      if (answer.path.at(-1) === line.path.at(-1)) this.#relaysMoved(line, answer);
      else {
        line.answer = answer;
        line.path = answer.path;
        line.moved.resolve();
        line.moved = Promise.withResolvers();
      }
    }
  }

  /** The session stands: where it is reached over the connection that there is, what is being sent goes on in it. */
  #relaysMoved(line: Line, { path }: MsrpMedia): void {
    const [first, before] = [path, line.path].map((hops) => placesOf({ path: hops })[0]);
    const same = first?.host === before?.host && first?.port === before?.port;
    if (same || line.media.relay !== undefined) line.path = path;
  }

  /** Waits for a re-INVITE under way, though not for a peer that does not answer it. */
  async #settled(): Promise<void> {
    if (this.#reinviting === undefined) return;
    const late = Promise.withResolvers<void>();
    using _ = this.#options.clock.after(millis(LIMITS.stop), late.resolve);
    await Promise.race([this.#reinviting, late.promise]);
  }
}
