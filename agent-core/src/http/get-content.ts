/**
 * One GET of content that a stranger has named (RFC 4483, RFC 9110): no cookies, no credentials, no coding, no more than
 * a few redirects, and at every step only addresses of the open internet, looked up once and then kept to. Refused:
 * INLET_LINK_SCHEME, INLET_LINK_INTERNAL, INLET_LINK_CERTIFICATE, INLET_LINK_REFUSED, INLET_LINK_REDIRECTS,
 * INLET_LINK_CODED; INLET_LINK_UNREACHABLE where it may help to try again.
 */
import { lookup } from "node:dns/promises";
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestSecure } from "node:https";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { type Clock, InletError, LIMITS, millis, type TraceSink } from "../kernel/index.ts";
import { HttpTrace } from "./http-trace.ts";

export interface HttpPolicy {
  /** http is taken too, not https alone. */
  readonly plain: boolean;
  /** Whether an address may be reached: `isPublicAddress`, but for tests and for who serves links on their own network. */
  reach(address: string): boolean;
  /** PEM, instead of the system's authorities. */
  readonly ca?: string | undefined;
}

export interface GetOptions {
  readonly url: string;
  readonly policy: HttpPolicy;
  /** Octets to leave out at the beginning, if the server can. */
  readonly from?: number;
  /** Default: the system's. */
  readonly resolve?: ((host: string) => Promise<readonly string[]>) | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly trace?: TraceSink | undefined;
}

export interface HttpContent {
  /** Content-Type, as it came. */
  readonly type: string | undefined;
  /** Of the whole content. */
  readonly size: number | undefined;
  /** Where `octets` begin in it: what was asked for, or 0. */
  readonly from: number;
  /** Fails with INLET_LINK_UNREACHABLE when it breaks off, INLET_TRANSFER_STALLED when nothing more comes. */
  readonly octets: AsyncIterable<Uint8Array>;
}

/** Resolves with the head; the octets must then be read or the signal aborted. */
export async function getContent(options: GetOptions): Promise<HttpContent> {
  let url = options.url;
  for (let hop = 0; hop <= LIMITS.linkRedirects; hop++) {
    const target = checkTarget(url, options.policy);
    const { response, trace } = await ask(target, options);
    const location = redirection(response);
    if (location === undefined) return readHead(response, trace, options);
    response.destroy();
    trace?.end();
    if (!URL.canParse(location, target.href)) throw new InletError("INLET_LINK_REFUSED", "redirect to nowhere");
    url = new URL(location, target).href;
  }
  throw new InletError("INLET_LINK_REDIRECTS");
}

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

function checkTarget(text: string, { plain, reach }: HttpPolicy): URL {
  const url = new URL(text);
  const allowed = url.protocol === "https:" || (url.protocol === "http:" && plain);
  if (!allowed) throw new InletError("INLET_LINK_SCHEME", url.protocol.slice(0, 20));
  if (url.username !== "" || url.password !== "") throw new InletError("INLET_LINK_INVALID", "name or password");
  const host = hostOf(url);
  if (isIP(host) !== 0 && !reach(host)) throw new InletError("INLET_LINK_INTERNAL", host);
  return url;
}

const systemResolve = async (host: string): Promise<readonly string[]> =>
  (await lookup(host, { all: true })).map(({ address }) => address);

/** Of a name with one internal address none is used: it is meant to lead astray, or leads into a network of its own. */
function checkedLookup({ policy, resolve = systemResolve }: GetOptions): LookupFunction {
  return (host, { all }, callback) => {
    resolve(host)
      .then((addresses) => {
        const astray = addresses.find((address) => !policy.reach(address));
        if (astray !== undefined) throw new InletError("INLET_LINK_INTERNAL", astray);
        const [first] = addresses;
        if (first === undefined) throw new InletError("INLET_LINK_UNREACHABLE", "no address");
        if (all === true)
          callback(
            null,
            addresses.map((address) => ({ address, family: isIP(address) })),
          );
        else callback(null, first, isIP(first));
      })
      .catch((error: unknown) => callback(error as Error, "", 0));
  };
}

interface Answer {
  readonly response: IncomingMessage;
  readonly trace: HttpTrace | undefined;
}

function ask(url: URL, options: GetOptions): Promise<Answer> {
  const { policy, from = 0, clock, signal } = options;
  return new Promise((resolve, reject) => {
    const give = url.protocol === "https:" ? requestSecure : requestPlain;
    const request = give(url, {
      agent: false,
      rejectUnauthorized: true,
      signal,
      lookup: checkedLookup(options),
      maxHeaderSize: LIMITS.linkHeaders,
      headers: {
        Accept: "*/*",
        "Accept-Encoding": "identity",
        "User-Agent": "Inlet",
        ...(from > 0 && { Range: `bytes=${from}-` }),
      },
      ...(policy.ca !== undefined && { ca: policy.ca }),
    });
    const trace = options.trace && new HttpTrace(options.trace, url, request);
    const late = clock.after(millis(LIMITS.linkResponse), () =>
      request.destroy(new InletError("INLET_LINK_UNREACHABLE", "no answer in time")),
    );
    request.on("socket", (socket: Socket) => {
      socket.once("connect", () => {
        // The address was checked before; whatever stands between does not change that.
        const { remoteAddress = "" } = socket;
        if (!policy.reach(remoteAddress)) request.destroy(new InletError("INLET_LINK_INTERNAL", remoteAddress));
      });
    });
    request.once("response", (response) => {
      late[Symbol.dispose]();
      trace?.answered(response);
      resolve({ response, trace });
    });
    request.on("error", (error) => {
      late[Symbol.dispose]();
      const why = signal.aborted ? signal.reason : failure(error);
      trace?.end(wordsOf(why));
      reject(why);
    });
    request.end();
  });
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

const redirection = ({ statusCode = 0, headers }: IncomingMessage): string | undefined =>
  REDIRECTS.has(statusCode) ? headers.location : undefined;

function readHead(response: IncomingMessage, trace: HttpTrace | undefined, options: GetOptions): HttpContent {
  try {
    const { statusCode = 0, headers } = response;
    const coding = headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
    if (coding !== "identity") throw new InletError("INLET_LINK_CODED", coding.slice(0, 40));
    const { from = 0 } = options;
    const range = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/.exec(headers["content-range"] ?? "");
    const partial = statusCode === 206 && range !== null && Number(range[1]) === from;
    if (statusCode >= 500) throw new InletError("INLET_LINK_UNREACHABLE", `${statusCode}`);
    if (statusCode !== 200 && !partial) throw new InletError("INLET_LINK_REFUSED", `${statusCode}`);
    const length = /^\d{1,15}$/.exec(headers["content-length"] ?? "");
    const size = partial ? Number(range[2]) : length === null ? undefined : Number(length[0]);
    return { type: headers["content-type"], size, from: partial ? from : 0, octets: read(response, trace, options) };
  } catch (error) {
    response.destroy();
    trace?.end();
    throw error;
  }
}

async function* read(
  response: IncomingMessage,
  trace: HttpTrace | undefined,
  { clock, signal }: GetOptions,
): AsyncGenerator<Uint8Array, void> {
  const stall = (): Disposable =>
    clock.after(millis(LIMITS.transferStall), () => response.destroy(new InletError("INLET_TRANSFER_STALLED")));
  let timer = stall();
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      trace?.octets(piece.length);
      yield piece;
      timer[Symbol.dispose]();
      timer = stall();
    }
  } catch (error) {
    const why = signal.aborted ? signal.reason : failure(error as Error);
    trace?.end(wordsOf(why));
    throw why;
  } finally {
    trace?.end();
    timer[Symbol.dispose]();
    response.destroy();
  }
}

const wordsOf = (error: unknown): string => (error instanceof InletError ? error.code : `${error}`);

/** What Node says of a certificate (`ERR_TLS_*`, and OpenSSL's verdicts). */
const CERTIFICATE = /^ERR_TLS|CERT|^UNABLE_TO|SELF_SIGNED|^HOSTNAME_MISMATCH/;

function failure(error: Error): InletError {
  if (error instanceof InletError) return error;
  const { code = "" } = error as NodeJS.ErrnoException;
  if (CERTIFICATE.test(code)) return new InletError("INLET_LINK_CERTIFICATE", code);
  return new InletError("INLET_LINK_UNREACHABLE", code === "" ? error.message.slice(0, 100) : code);
}
