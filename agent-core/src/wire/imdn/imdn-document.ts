/**
 * message/imdn+xml (RFC 5438 §11): what became of a message. Processing notifications, which only relays send, are not
 * read. Refuses (INLET_XML_INVALID) a document without message id, or with none or more than one known notification.
 */
import { formatXml, parseXml, type XmlElement, xmlChildren, xmlElement, xmlInvalid } from "../xml/index.ts";

export const IMDN_TYPE = "message/imdn+xml";
const NAMESPACE = "urn:ietf:params:xml:ns:imdn";

const STATUSES = {
  delivery: ["delivered", "failed", "forbidden", "error"],
  display: ["displayed", "forbidden", "error"],
} as const;

export type ImdnStatus =
  | { readonly kind: "delivery"; readonly status: (typeof STATUSES.delivery)[number] }
  | { readonly kind: "display"; readonly status: (typeof STATUSES.display)[number] };

export type Imdn = ImdnStatus & {
  readonly messageId: string;
  /** ISO 8601, when the message was sent. */
  readonly dateTime?: string;
};

export function formatImdn({ messageId, dateTime, kind, status }: Imdn): Uint8Array {
  const child = (name: string, text: string): XmlElement => xmlElement(name, NAMESPACE, { text });
  const state = xmlElement("status", NAMESPACE, { children: [xmlElement(status, NAMESPACE)] });
  return formatXml(
    xmlElement("imdn", NAMESPACE, {
      children: [
        child("message-id", messageId),
        ...(dateTime === undefined ? [] : [child("datetime", dateTime)]),
        xmlElement(`${kind}-notification`, NAMESPACE, { children: [state] }),
      ],
    }),
  );
}

export function parseImdn(bytes: Uint8Array): Imdn {
  const root = parseXml(bytes);
  if (root.name !== "imdn" || root.namespace !== NAMESPACE) throw xmlInvalid("imdn");
  const messageId = xmlChildren(root, "message-id")[0]?.text.trim() ?? "";
  if (messageId === "") throw xmlInvalid("message-id");
  const dateTime = xmlChildren(root, "datetime")[0]?.text.trim();
  const [found, second] = (["delivery", "display"] as const).flatMap((kind) => readStatus(root, kind));
  if (found === undefined || second !== undefined) throw xmlInvalid("notification");
  return { messageId, ...(dateTime !== undefined && { dateTime }), ...found };
}

function readStatus(root: XmlElement, kind: ImdnStatus["kind"]): ImdnStatus[] {
  return xmlChildren(root, `${kind}-notification`).map((notification) => {
    const names = xmlChildren(notification, "status").flatMap(({ children }) => children.map(({ name }) => name));
    const status = STATUSES[kind].find((known) => names.includes(known));
    if (status === undefined) throw xmlInvalid("status");
    return { kind, status } as ImdnStatus;
  });
}
