/** Which IPC messages count: those of the top frame of our own window while it shows our own page. Pure. */
import { isUiUrl } from "./ui-path.ts";

export interface Sender {
  /** The web contents it came from, and those of our window. */
  readonly contents: number;
  readonly own: number | undefined;
  /** The frame it came from; null when it has gone in the meantime. */
  readonly frame: { readonly url: string; readonly parent: unknown } | null;
}

export const isOwnSender = ({ contents, own, frame }: Sender): boolean =>
  own !== undefined && contents === own && frame !== null && frame.parent === null && isUiUrl(frame.url);
