/** The Push Sender Agent as a command: connects, pushes files to receivers, and says what became of each. */
import { type Clock, InletError, type Log, systemClock } from "@inlet/agent-core/kernel";
import { makeIdentity } from "@inlet/agent-core/msrp";
import type { AkaOptions, ImsOptions, TlsOptions } from "@inlet/agent-core/sip";
import { parseSipUri } from "@inlet/agent-core/wire/sip";
import { type ConnectedAgent, connectAgent } from "./connected-agent.ts";
import { type Link, type LinkPlace, LinkServer } from "./link-server.ts";
import { type OutgoingFile, readOutgoingFile } from "./outgoing-file.ts";
import { sendFileAsMessage, sendLink } from "./page-message.ts";
import { registerAgent } from "./registered-agent.ts";
import { pushUntilSent } from "./send-again.ts";
import { type ChosenMethod, chooseMethod, type SendMethod } from "./send-method.ts";
import type { FileResult } from "./send-result.ts";
import { SenderMedia } from "./sender-media.ts";
import { SipConnection } from "./sip-connection.ts";

export interface SendFilesOptions {
  readonly aor: string;
  /** The core, as outbound proxy: `sip:host:port;transport=tcp`. Nothing is registered there. */
  readonly registrar: string;
  /** For digest; default: the user part of the AOR. */
  readonly user?: string;
  readonly password?: string;
  readonly tls?: TlsOptions;
  /** The core is an IMS: the sender registers with it first. `aka`: the keys of its SIM. */
  readonly ims?: ImsOptions;
  readonly aka?: AkaOptions;
  /** Files that are offered go over TLS, to receivers known by their fingerprint or by the authorities of `tls`. */
  readonly encrypt?: boolean;
  /** Receivers may connect to us here (RFC 6135); host `0.0.0.0` or `::` is every address. */
  readonly msrp?: { readonly host: string; readonly port: number };
  /** Offered files leave through these relays, signed in to like the core: `msrp://relay:2855;tcp`, the nearest first. */
  readonly msrpRelay?: { readonly relays: readonly string[] };
  /** The receivers' addresses. */
  readonly to: string | readonly string[];
  /** Receivers that are pushed to at the same time; default 4. */
  readonly atOnce?: number;
  readonly method: SendMethod;
  readonly files: readonly string[];
  /** The files of an offer one after the other, instead of side by side. */
  readonly oneByOne?: boolean;
  /** A sentence about the files, for a person. */
  readonly description?: string;
  /** Application Reference (seed 001 §6.5.2.1 item 3), as a feature tag: `+g.oma.iari.syncml`. */
  readonly application?: string;
  /** Where the files lie under their names, for links; and how long they stay there, in milliseconds (a week). */
  readonly linkBase?: string;
  readonly linkAge?: number;
  /**
   * They are served here instead, for as long (an hour) or until every receiver has fetched them; `linkBase` is then the
   * address under which receivers find this.
   */
  readonly linkListen?: LinkPlace;
  /** What was sent is waited for to be fetched, until then (milliseconds since 1970). */
  onWaiting?(until: number): void;
  readonly log: Log;
  readonly clock?: Clock;
  onProgress?(file: string, octets: number, size: number): void;
  /** The transfer of these files broke; they are offered again shortly. `attempt` from 1, at most `of`. */
  onRetry?(files: readonly string[], attempt: number, of: number): void;
  readonly signal?: AbortSignal;
}

/** What became of one file for one receiver. */
export interface PushResult extends FileResult {
  readonly to: string;
  /** Absent where it did not come to that. */
  readonly method?: ChosenMethod;
}

/** One INVITE describes at most this many files; more go in further ones, one after the other. */
const FILES_PER_OFFER = 32;
const AT_ONCE = 4;
const HOUR = 3_600_000;
const WEEK = 7 * 24 * HOUR;

type Sending = Omit<SendFilesOptions, "clock"> & {
  readonly clock: Clock;
  readonly media: SenderMedia;
  readonly linkExpires: number;
  readonly links: LinkServer | undefined;
  /** What was sent as a link that is served here. */
  readonly linked: Map<PushResult, Link>;
};
/** In the order of `files`: each as it is offered, or why it cannot be. */
type Prepared = readonly (OutgoingFile | FileResult)[];

const isRead = (file: OutgoingFile | FileResult): file is OutgoingFile => !("outcome" in file);

/**
 * One result a receiver and file, in their orders; a cancel by `signal` is a result too. Fails when nothing can be sent at
 * all: INLET_SEND_METHOD_UNAVAILABLE, INLET_SIP_*, INLET_REGISTRATION_REJECTED, INLET_AUTH_REJECTED, INLET_AUTH_UNSUPPORTED.
 */
export async function sendFiles(options: SendFilesOptions): Promise<{ results: PushResult[] }> {
  const { aor, registrar, user, password, tls, ims, aka, files, log, signal, method, linkBase, linkListen } = options;
  const receivers = typeof options.to === "string" ? [options.to] : options.to;
  if (method === "indirect" && linkBase === undefined && linkListen === undefined)
    throw new InletError("INLET_SEND_METHOD_UNAVAILABLE");
  const clock = options.clock ?? systemClock;
  const { reason } = new InletError("INLET_TRANSFER_CANCELLED");
  const cancelled = (): PushResult[] =>
    receivers.flatMap((to) => files.map((file): PushResult => ({ to, file, outcome: "failed", reason })));
  const prepared = await prepare(options);
  const unread = prepared.flatMap((file) => (isRead(file) ? [] : [file]));
  if (unread.length === prepared.length)
    return { results: receivers.flatMap((to) => unread.map((result): PushResult => ({ to, ...result }))) };
  if (isAborted(signal)) return { results: cancelled() };
  const signIn = {
    ...{ aor, registrar },
    ...(user !== undefined && { user }),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls }),
  };
  const around = { clock, log, ...(signal !== undefined && { signal }) };
  await using connection = new SipConnection(() =>
    ims === undefined
      ? connectAgent({ ...signIn, ...around })
      : registerAgent({ account: { ...signIn, ims, ...(aka !== undefined && { aka }), regEvents: false }, ...around }),
  );
  let agent: ConnectedAgent;
  try {
    agent = await connection.get();
  } catch (error) {
    if (isAborted(signal)) return { results: cancelled() };
    throw error;
  }
  await using media = await openMedia(options, clock);
  const where = { base: linkBase, address: agent.host };
  await using links = linkListen && (await LinkServer.open(linkListen, where, log));
  const linkExpires = clock.now() + (options.linkAge ?? (links === undefined ? WEEK : HOUR));
  const sending: Sending = { ...options, clock, media, linkExpires, links, linked: new Map() };
  const results: PushResult[][] = receivers.map(() => []);
  const waiting = receivers.entries();
  const work = async (): Promise<void> => {
    for (const [place, to] of waiting) results[place] = await pushTo(to, connection, prepared, sending);
  };
  await Promise.all(Array.from({ length: Math.min(options.atOnce ?? AT_ONCE, receivers.length) }, work));
  if (links !== undefined && sending.linked.size > 0) {
    options.onWaiting?.(linkExpires);
    await links.finished(clock, linkExpires, signal);
  }
  return { results: results.flat().map((result) => fetchedOrNot(result, sending)) };
}

/** Who has the link alone, when it ends, has nothing. */
function fetchedOrNot(result: PushResult, { linked, signal }: Sending): PushResult {
  if (linked.get(result)?.fetched !== false) return result;
  const code = isAborted(signal) ? "INLET_TRANSFER_CANCELLED" : "INLET_SEND_NOT_FETCHED";
  return { ...result, outcome: "failed", reason: new InletError(code).reason };
}

/** Relays over TLS mean that all is. */
function openMedia(options: SendFilesOptions, clock: Clock): Promise<SenderMedia> {
  const { log, msrp, msrpRelay, aor, user = parseSipUri(aor).user ?? "", password = "", tls } = options;
  const encrypt = options.encrypt === true || /^msrps:/i.test(msrpRelay?.relays[0] ?? "");
  return SenderMedia.open({
    ...{ clock, log, listen: msrp },
    relay: msrpRelay && { ...msrpRelay, user, password },
    encryption: encrypt ? { identity: makeIdentity(clock.now()), ca: tls?.ca } : undefined,
  });
}

const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** Each file is read once, for however many receivers. */
async function prepare({ files, description, signal }: SendFilesOptions): Promise<Prepared> {
  const prepared: (OutgoingFile | FileResult)[] = [];
  for (const path of files) {
    let read: OutgoingFile | undefined;
    const failure = await orFailure(async () => {
      read = await readOutgoingFile({ path, ...(description !== undefined && { description }) }, signal);
      return { outcome: "failed" };
    });
    prepared.push(read ?? { file: path, ...failure });
  }
  return prepared;
}

async function pushTo(
  to: string,
  connection: SipConnection,
  prepared: Prepared,
  sending: Sending,
): Promise<PushResult[]> {
  const results: PushResult[] = prepared.map((file) =>
    isRead(file) ? { to, file: file.path, outcome: "failed" } : { to, ...file },
  );
  const offered: { readonly index: number; readonly file: OutgoingFile }[] = [];
  for (const [index, file] of prepared.entries()) {
    if (!isRead(file)) continue;
    let method: ChosenMethod | undefined;
    let link: Link | undefined;
    const result = await orFailure(async () => {
      if (isAborted(sending.signal)) throw new InletError("INLET_TRANSFER_CANCELLED");
      const agent = await connection.get();
      const hasPlace = sending.linkBase !== undefined || sending.links !== undefined;
      method = chooseMethod(sending.method, file.size, agent.protocol, hasPlace);
      const page = { to, file, acceptContact: references(sending) };
      if (method === "message") return sendFileAsMessage(agent, page);
      if (method === "indirect") {
        link = sending.links?.offer(file);
        const url = link?.url ?? lyingAt(sending.linkBase ?? "", file.name);
        return sendLink(agent, { ...page, url, expires: sending.linkExpires });
      }
      offered.push({ index, file });
      return { outcome: "failed" };
    });
    const sent = { to, file: file.path, ...(method !== undefined && { method }), ...result };
    results[index] = sent;
    if (link !== undefined && sent.outcome === "delivered") sending.linked.set(sent, link);
    else if (link !== undefined) sending.links?.withdraw(link);
  }
  for (let at = 0; at < offered.length; at += FILES_PER_OFFER) {
    const part = offered.slice(at, at + FILES_PER_OFFER);
    const sent = await sendOffer(
      to,
      connection,
      part.map(({ file }) => file),
      sending,
    );
    for (const [place, { index }] of part.entries()) {
      const result = sent[place];
      if (result !== undefined) results[index] = { to, method: "msrp", ...result };
    }
  }
  return results;
}

/** For whom it is, beside the push service (RFC 3841). */
const references = ({ application }: Sending): readonly string[] =>
  application === undefined ? [] : [`*;${application}`];

/** A file that somebody has put at `base` under its name. */
const lyingAt = (base: string, name: string): string =>
  new URL(encodeURIComponent(name), base.endsWith("/") ? base : `${base}/`).href;

function sendOffer(
  to: string,
  connection: SipConnection,
  files: readonly OutgoingFile[],
  sending: Sending,
): Promise<FileResult[]> {
  const { clock, log, signal, onProgress, onRetry } = sending;
  return pushUntilSent({
    connect: () => connection.get(),
    onRetry: ({ files: again, number, of }) =>
      onRetry?.(
        again.flatMap((at) => files[at]?.path ?? []),
        number,
        of,
      ),
    to,
    files,
    acceptContact: references(sending),
    media: sending.media,
    oneByOne: sending.oneByOne === true,
    clock,
    log,
    ...(signal !== undefined && { signal }),
    onProgress: (index, octets) => {
      const file = files[index];
      if (file !== undefined) onProgress?.(file.path, octets, file.size);
    },
  });
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
