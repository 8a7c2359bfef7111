/** The Push Sender Agent as a command: connects, offers, sends, and says what became of each file. */
import { type Clock, InletError, type Log, systemClock } from "@inlet/agent-core/kernel";
import type { TlsOptions } from "@inlet/agent-core/sip";
import { type ConnectedAgent, connectAgent } from "./connected-agent.ts";
import { type OutgoingFile, readOutgoingFile } from "./outgoing-file.ts";
import { readTextFile, sendMessage } from "./page-message.ts";
import { pushUntilSent } from "./send-again.ts";
import type { FileResult } from "./send-result.ts";

export type SendMethod = "auto" | "message" | "msrp" | "indirect";

export interface SendFilesOptions {
  readonly aor: string;
  /** The core, as outbound proxy: `sip:host:port;transport=tcp`. Nothing is registered there. */
  readonly registrar: string;
  /** For digest; default: the user part of the AOR. */
  readonly user?: string;
  readonly password?: string;
  readonly tls?: TlsOptions;
  readonly to: string;
  /** `auto` is `msrp`: the receiver is asked before a file is sent. */
  readonly method: SendMethod;
  readonly files: readonly string[];
  readonly log: Log;
  readonly clock?: Clock;
  onProgress?(file: string, octets: number, size: number): void;
  /** The transfer of these files broke; they are offered again shortly. `attempt` from 1, at most `of`. */
  onRetry?(files: readonly string[], attempt: number, of: number): void;
  readonly signal?: AbortSignal;
}

/** One INVITE describes at most this many files; more go in further ones, one after the other. */
const FILES_PER_OFFER = 32;

/**
 * One result a file, in their order; a cancel by `signal` is a result too. Fails when nothing can be sent at all:
 * INLET_SEND_METHOD_UNAVAILABLE, INLET_SIP_*, INLET_AUTH_REJECTED, INLET_AUTH_UNSUPPORTED.
 */
export async function sendFiles(options: SendFilesOptions): Promise<{ results: FileResult[] }> {
  const { aor, registrar, user, password, tls, method, files, log, signal } = options;
  if (method === "indirect") throw new InletError("INLET_SEND_METHOD_UNAVAILABLE", "indirect");
  const clock = options.clock ?? systemClock;
  const cancelled = (): FileResult[] =>
    files.map((file) => ({ file, outcome: "failed", reason: new InletError("INLET_TRANSFER_CANCELLED").reason }));
  const isCancelled = (): boolean => signal?.aborted === true;
  if (isCancelled()) return { results: cancelled() };
  const connect = (): Promise<ConnectedAgent> =>
    connectAgent({
      aor,
      registrar,
      log,
      clock,
      ...(user !== undefined && { user }),
      ...(password !== undefined && { password }),
      ...(tls !== undefined && { tls }),
      ...(signal !== undefined && { signal }),
    });
  const connection = new Connection(connect);
  try {
    await connection.get();
  } catch (error) {
    if (isCancelled()) return { results: cancelled() };
    throw error;
  }
  using connected = connection;
  const send = method === "message" ? sendAsMessages : sendAsOffers;
  return { results: await send(connected, { ...options, clock }) };
}

type Sending = SendFilesOptions & { readonly clock: Clock };

/** One connection at a time; a new one where the last was lost. */
class Connection implements Disposable {
  readonly #connect: () => Promise<ConnectedAgent>;
  #agent: ConnectedAgent | undefined;

  constructor(connect: () => Promise<ConnectedAgent>) {
    this.#connect = connect;
  }

  async get(): Promise<ConnectedAgent> {
    if (this.#agent === undefined || this.#agent.lost.aborted) {
      this[Symbol.dispose]();
      this.#agent = await this.#connect();
    }
    return this.#agent;
  }

  [Symbol.dispose](): void {
    this.#agent?.[Symbol.dispose]();
    this.#agent = undefined;
  }
}

async function sendAsMessages(connection: Connection, { files, to, signal }: Sending): Promise<FileResult[]> {
  const agent = await connection.get();
  const results: FileResult[] = [];
  for (const file of files) {
    results.push({
      file,
      ...(await orFailure(async () => {
        if (signal?.aborted === true) throw new InletError("INLET_TRANSFER_CANCELLED");
        return sendMessage(agent, { to, ...(await readTextFile(file)) });
      })),
    });
  }
  return results;
}

async function sendAsOffers(connection: Connection, options: Sending): Promise<FileResult[]> {
  const results: FileResult[] = [];
  for (let at = 0; at < options.files.length; at += FILES_PER_OFFER) {
    results.push(...(await sendOffer(connection, options, options.files.slice(at, at + FILES_PER_OFFER))));
  }
  return results;
}

/** Files that cannot be read are left out of the offer. */
async function sendOffer(connection: Connection, options: Sending, paths: readonly string[]): Promise<FileResult[]> {
  const { to, clock, log, signal, onProgress, onRetry } = options;
  const readable: { readonly index: number; readonly file: OutgoingFile }[] = [];
  const results: FileResult[] = [];
  for (const [index, path] of paths.entries()) {
    const failure = await orFailure(async () => {
      readable.push({ index, file: await readOutgoingFile({ path }, signal) });
      return { outcome: "failed" };
    });
    results.push({ file: path, ...failure });
  }
  if (readable.length === 0) return results;
  const files = readable.map(({ file }) => file);
  const sent = await pushUntilSent({
    connect: () => connection.get(),
    onRetry: ({ files: again, number, of }) =>
      onRetry?.(
        again.flatMap((at) => files[at]?.path ?? []),
        number,
        of,
      ),
    to,
    files,
    clock,
    log,
    ...(signal !== undefined && { signal }),
    onProgress: (index, octets) => {
      const file = files[index];
      if (file !== undefined) onProgress?.(file.path, octets, file.size);
    },
  });
  for (const [at, { index }] of readable.entries()) {
    const result = sent[at];
    if (result !== undefined) results[index] = result;
  }
  return results;
}

/** What concerns one file is its result; that nobody could sign in or the connection is gone concerns all. */
async function orFailure(send: () => Promise<Omit<FileResult, "file">>): Promise<Omit<FileResult, "file">> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof InletError) || /^INLET_(AUTH|SIP)_/.test(error.code)) throw error;
    return { outcome: "failed", reason: error.reason };
  }
}
