/**
 * The links of a message as an offer (RFC 4483, seed 001 §1): what lies behind each, where, and until when. A link that
 * cannot be followed is marked so. Pure.
 */
import { z } from "zod";
import { type OfferedFile, offer, type Reason } from "../contract/index.ts";
import type { HttpPolicy } from "../http/index.ts";
import { LIMITS, reason } from "../kernel/index.ts";
import { mimeHeader } from "../wire/multipart/index.ts";
import type { Offered, OfferedLine } from "./invitation.ts";
import { type LinkPart, partName } from "./message-parts.ts";

export function readLinks(links: readonly LinkPart[], policy: HttpPolicy, now: number): readonly OfferedLine[] {
  return links.map((part, index) => readLink(part, index, policy, now));
}

function readLink({ link, part }: LinkPart, index: number, policy: HttpPolicy, now: number): OfferedLine {
  const { url, expiration, size, sha1, headers } = link;
  const description = mimeHeader(headers, "Content-Description");
  const file: OfferedFile = {
    index,
    name: partName(part) ?? nameIn(url),
    hashes: sha1 === undefined ? {} : { "sha-1": (sha1.toUpperCase().match(/../g) ?? []).join(":") },
    url,
    ...(mimeHeader(headers, "Content-Type") !== undefined && { type: part.contentType.mediaType }),
    ...(size !== undefined && { size }),
    ...(description !== undefined && { description: description.slice(0, 1000) }),
    ...(part.disposition !== undefined && { disposition: part.disposition.type }),
  };
  const why = index >= LIMITS.linksOfMessage ? reason("INLET_TOO_MANY_OFFERS") : whyNot(url, expiration, policy, now);
  return why === undefined
    ? { file, link: { url, ...(expiration !== undefined && { expiration }) } }
    : { file: { ...file, unacceptable: why } };
}

/** What is known before a name is looked up; every step is looked at again when it is fetched. */
function whyNot(text: string, expiration: number | undefined, policy: HttpPolicy, now: number): Reason | undefined {
  const { protocol, hostname } = new URL(text);
  if (protocol !== "https:" && !(protocol === "http:" && policy.plain)) {
    return reason("INLET_LINK_SCHEME", protocol.slice(0, 20));
  }
  const host = hostname.replace(/^\[|\]$/g, "");
  const isAddress = host.includes(":") || /^[\d.]+$/.test(host);
  if (isAddress && !policy.reach(host)) return reason("INLET_LINK_INTERNAL", host);
  return expiration !== undefined && expiration < now ? reason("INLET_LINK_EXPIRED") : undefined;
}

function nameIn(url: string): string {
  const last = new URL(url).pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** Until when it waits for a decision: as long as one of its files is there, but not for ever. */
export function decideBy(lines: readonly OfferedLine[], now: number): number {
  const latest = Math.max(...lines.map(({ link }) => (link === undefined ? now : (link.expiration ?? Infinity))));
  return Math.min(latest, now + LIMITS.linkDecision);
}

/** How an offer of links is kept until it has ended. */
export const keptLinks = z.object({
  offer,
  links: z.array(z.object({ url: z.url(), expiration: z.number().optional() }).nullable()),
});
export type KeptLinks = z.infer<typeof keptLinks>;

/** What was kept, as it was offered. What is here of its files is looked up anew, and rules are asked again. */
export function againOffered({ offer: kept, links }: KeptLinks): Offered {
  const { from, service, application, subject, files, expiresAt } = kept;
  return {
    from,
    ...(service !== undefined && { service }),
    ...(application !== undefined && { application }),
    ...(subject !== undefined && { subject }),
    lines: files.map((file, index): OfferedLine => {
      const { received: _, alreadyHave: __, free: ___, ruling: ____, ...bare } = file;
      const link = links[index];
      return { file: bare, ...(link && { link }) };
    }),
    decideBy: Date.parse(expiresAt),
  };
}
