/** What a CPIM message asks to be told about (RFC 5438 §6): its id, and which notifications. */
import { type CpimHeader, cpimValues } from "../cpim/index.ts";

export const IMDN_NAMESPACE = "urn:ietf:params:imdn";

export interface ImdnRequest {
  readonly messageId: string;
  /** positive-delivery */
  readonly delivered: boolean;
  /** display */
  readonly displayed: boolean;
}

/** `undefined`: nothing is asked for, or there is no id to say it by. */
export function imdnRequest(headers: readonly CpimHeader[]): ImdnRequest | undefined {
  const [messageId] = cpimValues(headers, "Message-ID", IMDN_NAMESPACE);
  const wanted = cpimValues(headers, "Disposition-Notification", IMDN_NAMESPACE)
    .flatMap((value) => value.split(","))
    .map((word) => word.trim().toLowerCase());
  const delivered = wanted.includes("positive-delivery");
  const displayed = wanted.includes("display");
  if (messageId === undefined || !/^[\x21-\x7e]{1,256}$/.test(messageId) || (!delivered && !displayed))
    return undefined;
  return { messageId, delivered, displayed };
}

/** The headers that name the message and ask. */
export const imdnRequestHeaders = ({ messageId, delivered, displayed }: ImdnRequest): CpimHeader[] => [
  { name: "NS", value: `imdn <${IMDN_NAMESPACE}>` },
  { name: "imdn.Message-ID", value: messageId },
  ...(delivered || displayed
    ? [
        {
          name: "imdn.Disposition-Notification",
          value: [...(delivered ? ["positive-delivery"] : []), ...(displayed ? ["display"] : [])].join(", "),
        },
      ]
    : []),
];
