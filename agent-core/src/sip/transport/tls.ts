/**
 * TLS towards a core (RFC 3261 §26.3, RFC 5922): 1.2 or newer, the certificate checked against the authorities and the name.
 * A pinned fingerprint is an explicit choice that replaces both checks.
 */
import type { Socket } from "node:net";
import { type ConnectionOptions, TLSSocket } from "node:tls";
import { InletError } from "../../kernel/index.ts";
import type { FlowTarget } from "./flow.ts";

export function tlsOptions({ host, serverName, tls }: FlowTarget): ConnectionOptions {
  const name = serverName ?? host;
  return {
    minVersion: "TLSv1.2",
    rejectUnauthorized: tls?.fingerprint === undefined,
    // SNI names hosts, never addresses (RFC 6066 §3).
    ...(!isAddress(name) && { servername: name }),
    ...(tls?.ca !== undefined && { ca: tls.ca }),
  };
}

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
  const code = error.code ?? "";
  if (!/CERT|ALTNAME|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ISSUER/.test(code)) return undefined;
  return new InletError("INLET_SIP_CERTIFICATE", code);
}
