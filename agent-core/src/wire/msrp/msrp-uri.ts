/**
 * MSRP URIs and paths (RFC 4975 §6, §9): `msrp://host:port/session-id;tcp`.
 * Refuses anything without scheme, host and transport. A session-id may hold any visible ASCII: it is
 * compared, never interpreted.
 */
import { InletError } from "../../kernel/index.ts";

export interface MsrpUri {
  /** `msrps`: over TLS. */
  readonly secure: boolean;
  readonly user?: string;
  /** As written; an IPv6 address keeps its brackets. */
  readonly host: string;
  readonly port?: number;
  readonly sessionId?: string;
  readonly transport: string;
  /** Further parameters, `name` or `name=value`. */
  readonly params: readonly string[];
}

/** The port of a URI that states none (RFC 4975 §15.4). */
export const MSRP_PORT = 2855;

const URI =
  /^(msrps?):\/\/(?:([!-.0-:<-?A-Z\\^-~]*)@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?(?:\/([!-:<-~]+))?;([A-Za-z0-9]+)((?:;[!-:<-~]+)*)$/i;

/** Throws INLET_MSRP_SYNTAX. */
export function parseMsrpUri(text: string): MsrpUri {
  const match = URI.exec(text);
  const [, scheme = "", user, host = "", portText, sessionId, transport = "", rest = ""] = match ?? [];
  const port = portText === undefined ? undefined : Number(portText);
  if (match === null || (port ?? 0) > 65535) throw new InletError("INLET_MSRP_SYNTAX", "MSRP URI");
  return {
    secure: scheme.length === 5,
    ...(user === undefined ? {} : { user }),
    host,
    ...(port === undefined ? {} : { port }),
    ...(sessionId === undefined ? {} : { sessionId }),
    transport,
    params: rest === "" ? [] : rest.slice(1).split(";"),
  };
}

export function formatMsrpUri(uri: MsrpUri): string {
  const user = uri.user === undefined ? "" : `${uri.user}@`;
  const port = uri.port === undefined ? "" : `:${uri.port}`;
  const id = uri.sessionId === undefined ? "" : `/${uri.sessionId}`;
  const params = uri.params.map((p) => `;${p}`).join("");
  return `${uri.secure ? "msrps" : "msrp"}://${user}${uri.host}${port}${id};${uri.transport}${params}`;
}

/**
 * RFC 4975 §6.1: the session-id with its case, everything else without; a stated port never equals an omitted
 * one; user and parameters do not count.
 */
export function equalMsrpUri(a: MsrpUri, b: MsrpUri): boolean {
  return (
    a.sessionId === b.sessionId &&
    a.port === b.port &&
    a.secure === b.secure &&
    a.host.toLowerCase() === b.host.toLowerCase() &&
    a.transport.toLowerCase() === b.transport.toLowerCase()
  );
}

/** A To-Path or From-Path: one URI or more, each checked, kept as text. Throws INLET_MSRP_SYNTAX. */
export function parsePath(value: string): readonly string[] {
  const uris = value.split(" ").filter((part) => part !== "");
  if (uris.length === 0) throw new InletError("INLET_MSRP_SYNTAX", "empty path");
  for (const uri of uris) parseMsrpUri(uri);
  return uris;
}
