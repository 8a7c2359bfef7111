/**
 * What Inlet tells a sender who asks for it, and only if the person lets it (RFC 5438): that a message was delivered, once
 * it is on disk, and that it was displayed, once it was. At most once each; never about a notification, never to anyone but
 * who sent the message. Whether it arrives is nobody's promise.
 */
import type { Item, ReceiptMode } from "../contract/index.ts";
import { InletError, type Log, randomToken, readable } from "../kernel/index.ts";
import type { Body } from "../sip/index.ts";
import type { Store } from "../store/index.ts";
import { formatCpimMessage } from "../wire/cpim/index.ts";
import { formatImdn, IMDN_TYPE, type Imdn, imdnRequestHeaders } from "../wire/imdn/index.ts";
import { addressOfRecord, isSipUri, parseUri, type SipUri } from "../wire/sip/index.ts";
import type { Envelope } from "./message-parts.ts";
import { tidily } from "./notes.ts";

export interface ReceiptsOptions {
  readonly store: Pick<Store, "awaitDisplay" | "takeDisplays">;
  readonly log: Log;
  mode(): ReceiptMode;
  now(): number;
  /** Sends a MESSAGE; resolves with its final status. */
  send(account: string, to: string, body: Body): Promise<number>;
}

interface Asked {
  readonly account: string;
  readonly to: string;
  readonly messageId: string;
  readonly sentAt?: string | undefined;
  readonly route: readonly string[];
}

export class Receipts {
  readonly #options: ReceiptsOptions;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
  }

  /** The item is on disk. */
  stored(item: Pick<Item, "id" | "account" | "from">, { receipt, author, sentAt }: Envelope): void {
    const mode = this.#options.mode();
    const to = recipient(item.from.uri, author?.uri);
    if (receipt === undefined || mode === "none" || to === undefined) return;
    const route = ownRoute(receipt.route, [item.account, to]);
    const asked = { account: item.account, to, messageId: receipt.messageId, sentAt, route };
    const { store, log } = this.#options;
    // What is kept is acknowledged, whether or not a receipt can follow.
    if (receipt.displayed && mode === "displayed") tidily(log, () => store.awaitDisplay(item.id, asked));
    // The answer to the message itself goes first.
    if (receipt.delivered) setImmediate(() => this.#send(asked, { kind: "delivery", status: "delivered" }));
  }

  /** The person has seen these. */
  displayed(items: readonly string[]): void {
    for (const asked of this.#options.store.takeDisplays(items))
      if (this.#options.mode() === "displayed") this.#send(asked, { kind: "display", status: "displayed" });
  }

  #send({ account, to, messageId, sentAt, route }: Asked, what: Pick<Imdn, "kind" | "status">): void {
    const imdn = { messageId, ...(sentAt !== undefined && { dateTime: sentAt }), ...what } as Imdn;
    const content = formatCpimMessage({
      headers: [
        { name: "From", value: `<${account}>` },
        { name: "To", value: `<${to}>` },
        ...imdnRequestHeaders({ messageId: randomToken(96), delivered: false, displayed: false }),
        ...route.map((uri) => ({ name: "imdn.IMDN-Route", value: `<${uri}>` })),
        { name: "DateTime", value: new Date(this.#options.now()).toISOString() },
      ],
      mimeHeaders: [
        ["Content-Type", IMDN_TYPE],
        ["Content-Disposition", "notification"],
      ],
      body: formatImdn(imdn),
    });
    const { log } = this.#options;
    // The next on the way takes it further (RFC 5438 §8.1).
    this.#options.send(account, route[0] ?? to, { contentType: "message/cpim", content }).then(
      (status) => log("info", "push.receipt.sent", { status }),
      (error: unknown) => {
        const known = error instanceof InletError;
        log(known ? "info" : "error", "push.receipt.failed", { error: known ? error.code : `${error}` });
      },
    );
  }
}

/**
 * The recorded way back, where it leads through the domains of the two who speak; else none: a stranger's message must not make
 * Inlet tell strangers of it.
 */
function ownRoute(route: readonly string[], speakers: readonly string[]): readonly string[] {
  const domains = speakers.flatMap((speaker) => hostOf(speaker) ?? []);
  const isOwn = (host: string): boolean => domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
  return route.every((uri) => isOwn(hostOf(uri) ?? "")) ? route : [];
}

const readUri = (text: string): SipUri | undefined => {
  const uri = readable(() => parseUri(text));
  return uri !== undefined && isSipUri(uri) ? uri : undefined;
};

function hostOf(text: string): string | undefined {
  const uri = readUri(text);
  return uri?.headers === undefined ? uri?.host : undefined;
}

/** Who sent it, where the envelope names nobody else: a notification to a third party could be used against it. */
function recipient(from: string, author: string | undefined): string | undefined {
  const addresses = [from, author ?? from].map((text) => {
    const uri = readUri(text);
    return uri === undefined || uri.host.endsWith(".invalid") ? undefined : addressOfRecord(uri);
  });
  return addresses[0] === addresses[1] ? addresses[0] : undefined;
}
