/** The three kinds of push (seed 001 §5). */
import type { PushKind } from "../contract/index.ts";
import { bareMediaType } from "../wire/multipart/index.ts";

/**
 * Content that would change how a device or a service behaves: device management, configuration, policies. Inlet shows and
 * keeps it as a file and never acts on it; all the same it is taken only from whom a rule names.
 */
const TRUSTED_TYPES: ReadonlySet<string> = new Set([
  "application/vnd.syncml.dm+xml",
  "application/vnd.syncml.dm+wbxml",
  "application/vnd.syncml.dm.notification",
  "application/vnd.syncml+xml",
  "application/vnd.syncml+wbxml",
  "application/vnd.wap.connectivity-wbxml",
  "text/vnd.wap.connectivity-xml",
  "application/vnd.oma.poc.settings+xml",
  "application/poc-settings+xml",
  "application/auth-policy+xml",
  "application/policy+xml",
  "application/x-apple-aspen-config",
]);

export const isTrustedContent = (type: string | undefined): boolean =>
  type !== undefined && TRUSTED_TYPES.has(bareMediaType(type));

export interface Pushed {
  readonly channel?: string | undefined;
  readonly application?: string | undefined;
  readonly types: readonly (string | undefined)[];
}

export function pushKindOf({ channel, application, types }: Pushed): PushKind {
  if (types.some(isTrustedContent)) return "trusted";
  return channel === undefined && application === undefined ? "generic" : "selective";
}
