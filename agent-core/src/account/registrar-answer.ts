/**
 * What a registrar's answer to a REGISTER says (RFC 3261 §10.3, RFC 3608, RFC 5626 §6, RFC 5627 §5.2, RFC 7315). Pure.
 * Contacts of other devices do not count, readable or not; what cannot be read of the rest is left out.
 */
import { type Reason, readable, reason } from "../kernel/index.ts";
import {
  formatNameAddr,
  formatUri,
  headerValue,
  headerValues,
  isSipUri,
  type NameAddr,
  optionTags,
  parseChallenges,
  parseNameAddr,
  parseRetryAfter,
  parseSeconds,
  parseSipUri,
  type SipResponse,
} from "../wire/sip/index.ts";
import type { RegistrationInput } from "./registration.ts";

export interface Granted {
  /** Seconds, as for our own Contact. */
  readonly expires: number;
  readonly serviceRoute: readonly string[];
  /** Our own addresses, as the network knows them. */
  readonly identities: readonly string[];
  readonly publicGruu?: string;
  readonly temporaryGruu?: string;
  readonly outbound: boolean;
  /** Seconds between keep-alives. */
  readonly flowTimer?: number;
}

/** More of one kind than this is not taken. */
const MOST = 16;

/** `asked` stands where the registrar says nothing usable about the time. */
export function readGranted(response: SipResponse, contactUri: string, asked: number): Granted {
  const own = ownContact(response, contactUri);
  const flowTimer = parseSeconds(headerValue(response, "flow-timer") ?? "");
  const publicGruu = gruuOf(own?.parameters.get("pub-gruu"));
  const temporaryGruu = gruuOf(own?.parameters.get("temp-gruu"));
  return {
    expires:
      usable([own?.parameters.get("expires"), headerValue(response, "expires")]) ?? inDisguise(response) ?? asked,
    serviceRoute: addresses(response, "service-route").filter(isLoose).map(formatNameAddr).slice(0, MOST),
    identities: addresses(response, "p-associated-uri")
      .map(({ uri }) => formatUri(uri))
      .slice(0, MOST),
    outbound: optionTags(response, "require").includes("outbound"),
    ...(publicGruu !== undefined && { publicGruu }),
    ...(temporaryGruu !== undefined && { temporaryGruu }),
    ...(flowTimer !== undefined && { flowTimer }),
  };
}

/** The user part is random for each start; a registrar may add a port or parameters to the rest. */
function ownContact(response: SipResponse, contactUri: string): NameAddr | undefined {
  const { user } = parseSipUri(contactUri);
  return addresses(response, "contact").find(({ uri }) => isSipUri(uri) && uri.user === user);
}

/**
 * Whoever hides what is behind it may show our Contact under another name: the shortest of those shown, though never less
 * than a minute, as it may be another device's.
 */
function inDisguise(response: SipResponse): number | undefined {
  const shown = addresses(response, "contact").flatMap(({ parameters }) => usable([parameters.get("expires")]) ?? []);
  return shown.length === 0 ? undefined : Math.max(60, Math.min(...shown));
}

const isLoose = ({ uri }: NameAddr): boolean => isSipUri(uri) && uri.parameters.has("lr");

function addresses(response: SipResponse, name: string): NameAddr[] {
  return headerValues(response, name).flatMap((value) => {
    const address = value === "*" ? undefined : readable(() => parseNameAddr(value, name));
    return address === undefined ? [] : [address];
  });
}

function gruuOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : readable(() => formatUri(parseSipUri(text)));
}

function usable(texts: readonly (string | undefined)[]): number | undefined {
  const text = texts.find((candidate) => candidate !== undefined && /^\d{1,10}$/.test(candidate));
  return text === undefined ? undefined : Number(text);
}

const STALE = reason("INLET_REGISTRATION_REJECTED", "401 stale nonce");

const isStale = (response: SipResponse): boolean =>
  headerValues(response, "www-authenticate").some(
    (value) => readable(() => parseChallenges(value).some(({ stale }) => stale)) === true,
  );

/** What a refusal means. `others`: another server is known. */
export function readRefusal(response: SipResponse, why: Reason, others: boolean): RegistrationInput {
  const { status } = response;
  if (status === 423) {
    // Without the time that it must say (§21.4.17) there is nothing to ask for: a fault of the server's, which may pass.
    return { type: "tooBrief", minExpires: parseSeconds(headerValue(response, "min-expires") ?? "") ?? 0 };
  }
  // The password was right, the nonce too old, again and again (RFC 7616 §3.3): the server's clock or its farm, not the person.
  if (status === 401 && isStale(response)) return { type: "refused", status: 500, reason: STALE, others };
  // No time at all says no more than its absence.
  const retryAfter = parseRetryAfter(headerValue(response, "retry-after") ?? "") ?? 0;
  return { ...{ type: "refused", status, reason: why, others }, ...(retryAfter > 0 && { retryAfter }) };
}
