/**
 * Messages that come in a file's session beside the file, and are taken without being kept: an empty one, by which clients
 * made for chat bind their session, and that somebody is typing (RFC 3994).
 */
import type { MessageHead, MessageSink } from "../msrp/index.ts";
import { parseContentType } from "../wire/multipart/index.ts";

const TYPING = "application/im-iscomposing+xml";

const FORGOTTEN: MessageSink = {
  write: () => undefined,
  complete: () => Promise.resolve(),
  abort: () => undefined,
};

/** `type` of the file; `begin` is called for what may be the file, when its first octet is there. */
export function beside(
  { contentType }: Pick<MessageHead, "contentType">,
  type: string | undefined,
  begin: () => MessageSink,
): MessageSink {
  const mediaType = parseContentType(contentType)?.mediaType;
  const typing = mediaType === TYPING && parseContentType(type ?? "")?.mediaType !== TYPING;
  return typing ? FORGOTTEN : onceThereIsAny(begin);
}

function onceThereIsAny(begin: () => MessageSink): MessageSink {
  let sink: MessageSink | undefined;
  return {
    get full() {
      return sink?.full;
    },
    write: (position, bytes) => {
      sink ??= begin();
      sink.write(position, bytes);
    },
    complete: (total) => sink?.complete(total) ?? Promise.resolve(),
    abort: (reason) => sink?.abort(reason),
  };
}
