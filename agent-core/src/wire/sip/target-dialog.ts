/**
 * Target-Dialog (RFC 4538 §7): the dialog that a request outside of it belongs to. Its tags are named as the receiver of the
 * request sees them. Refuses a value without both tags.
 */
import { parseParameters } from "./parameters.ts";
import { syntax } from "./scan.ts";

export interface TargetDialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

export function parseTargetDialog(value: string): TargetDialog {
  const [callId = "", ...rest] = value.split(";");
  const parameters = parseParameters(rest.join(";"), "Target-Dialog");
  const localTag = parameters.get("local-tag") ?? "";
  const remoteTag = parameters.get("remote-tag") ?? "";
  if (callId.trim() === "" || localTag === "" || remoteTag === "") throw syntax("Target-Dialog");
  return { callId: callId.trim(), localTag, remoteTag };
}

export const formatTargetDialog = ({ callId, localTag, remoteTag }: TargetDialog): string =>
  `${callId};local-tag=${localTag};remote-tag=${remoteTag}`;
