/**
 * Whether the peer of an encrypted connection is the one agreed (RFC 4975 §14.4): its certificate has the fingerprint that
 * its SDP named (RFC 8122 §6), or, where none was named, an authority vouches for it. Without either the connection is
 * encrypted, and no worse than one in the clear, but who is at its other end is not proven.
 */
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { TLSSocket } from "node:tls";
import { InletError } from "../kernel/index.ts";
import type { Fingerprint } from "../wire/sdp/index.ts";
import { digestOf } from "./identity.ts";

/** How the peer of an encrypted session is known. */
export interface SecurePeer {
  /** The certificate it shows has one of these. */
  readonly fingerprints: readonly Fingerprint[];
  /** Where there are none, an authority has to vouch for it. */
  readonly vouched?: boolean;
}

/**
 * Whether the peer is proven. `server`: the host that we connected to; undefined where the peer connected to us. Such a peer
 * needs no certificate where no fingerprint was named: it knows the session's URI (RFC 4975 §14.1). Throws
 * INLET_MSRP_CERTIFICATE.
 */
export function checkPeer(
  socket: TLSSocket,
  server: string | undefined,
  { fingerprints, vouched }: SecurePeer,
): boolean {
  const certificate = certificateOf(socket);
  if (fingerprints.length > 0) {
    if (certificate === undefined) throw distrust("none was shown");
    if (fingerprints.some(({ algorithm, value }) => digestOf(certificate, algorithm) === value)) return true;
    throw distrust(`it has the fingerprint ${certificate.fingerprint256}`);
  }
  if (certificate === undefined && server === undefined) return false;
  const doubt = doubtOf(socket, certificate, server);
  if (doubt !== undefined && vouched === true) throw distrust(doubt);
  return doubt === undefined;
}

/** Node hands out a server's certificate but once; several sessions may want to see it. */
const shown = new WeakMap<TLSSocket, X509Certificate>();

function certificateOf(socket: TLSSocket): X509Certificate | undefined {
  const certificate = shown.get(socket) ?? socket.getPeerX509Certificate();
  if (certificate !== undefined) shown.set(socket, certificate);
  return certificate;
}

function doubtOf(socket: TLSSocket, certificate: X509Certificate | undefined, server?: string): string | undefined {
  if (certificate === undefined || !socket.authorized) return `${socket.authorizationError}`;
  return server === undefined || names(certificate, server) ? undefined : `it is not for ${server}`;
}

/** As one of its names; the subject alone is none (RFC 6125 §6.4.4). */
const names = (certificate: X509Certificate, host: string): boolean =>
  (isIP(host) === 0 ? certificate.checkHost(host, { subject: "never" }) : certificate.checkIP(host)) !== undefined;

const distrust = (detail: string): InletError => new InletError("INLET_MSRP_CERTIFICATE", detail);
