/**
 * TLS towards a core (RFC 3261 §26.3, RFC 5922): 1.2 or newer, the certificate checked against the authorities and the name.
 * A pinned fingerprint is an explicit choice that replaces both checks.
 */
import type { Socket } from "node:net";
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate, TLSSocket } from "node:tls";
import { InletError } from "../../kernel/index.ts";
import type { FlowTarget } from "./flow.ts";

export function tlsOptions({ host, serverName, tls }: FlowTarget): ConnectionOptions {
  const name = serverName ?? host;
  return {
    minVersion: "TLSv1.2",
    rejectUnauthorized: tls?.fingerprint === undefined,
    checkServerIdentity: checkIdentity,
    // SNI names hosts, never addresses (RFC 6066 §3).
    ...(!isAddress(name) && { servername: name }),
    ...(tls?.ca !== undefined && { ca: tls.ca }),
  };
}

/**
 * RFC 5922 §7: a certificate that names SIP domains is good for those alone, by the whole name; another one for the hosts
 * that its subjectAltName holds. A name in the subject alone counts for nothing. Wildcards, which §7.2 does not know, are
 * read in host names as Node does: cores that many customers share show such certificates.
 */
export function checkIdentity(name: string, certificate: PeerCertificate): Error | undefined {
  const names = certificate.subjectaltname ?? "";
  const domains = [...names.matchAll(/(?:^|, )URI:sip:([^@;?,"]*)(?=,|$)/gi)].map((match) => match[1]?.toLowerCase());
  if (domains.length > 0) return domains.includes(name.toLowerCase()) ? undefined : misnamed(name);
  return /(?:^|, )(?:DNS|IP Address):/.test(names) ? checkServerIdentity(name, certificate) : misnamed(name);
}

const misnamed = (name: string): Error =>
  Object.assign(new Error(`the certificate is not for ${name}`), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });

const isAddress = (host: string): boolean => /^[0-9.]+$/.test(host) || host.includes(":");

/** Fails with INLET_SIP_CERTIFICATE where a pinned certificate is not the one shown. */
export function checkFingerprint(socket: Socket, { tls }: FlowTarget): void {
  if (tls?.fingerprint === undefined) return;
  const shown = socket instanceof TLSSocket ? socket.getPeerCertificate().fingerprint256 : undefined;
  const plain = (text: string | undefined): string => (text ?? "").replaceAll(":", "").toLowerCase();
  if (plain(shown) !== plain(tls.fingerprint))
    throw new InletError("INLET_SIP_CERTIFICATE", `it is ${shown ?? "none"}`);
}

/** What Node says of a certificate, as our error; undefined when the error is about something else. */
export function certificateError(error: NodeJS.ErrnoException): InletError | undefined {
  const { code = "", message } = error;
  // UNSPECIFIED is what Node makes of a verdict of OpenSSL's that it has no name for, such as a key that is too short.
  if (!/CERT|ALTNAME|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ISSUER|INVALID_(CA|PURPOSE)|PATH_LENGTH|UNSPECIFIED/.test(code))
    return undefined;
  return new InletError("INLET_SIP_CERTIFICATE", code === "UNSPECIFIED" ? message : code);
}
