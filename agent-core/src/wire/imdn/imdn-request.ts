/** What a CPIM message asks to be told about (RFC 5438 §6): its id, and which notifications. */
import { type CpimHeader, cpimValues } from "../cpim/index.ts";

export const IMDN_NAMESPACE = "urn:ietf:params:imdn";

const MOST_HOPS = 8;

export interface ImdnRequest {
  readonly messageId: string;
  /** positive-delivery */
  readonly delivered: boolean;
  /** display */
  readonly displayed: boolean;
  /** URIs that notifications pass on their way back, the next one first (IMDN-Record-Route, §6.5). */
  readonly route: readonly string[];
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
  return { messageId, delivered, displayed, route: recordedRoute(headers) };
}

/** Undone where one of them cannot be read: what is next would not be known. */
function recordedRoute(headers: readonly CpimHeader[]): readonly string[] {
  const recorded = cpimValues(headers, "IMDN-Record-Route", IMDN_NAMESPACE);
  const route = recorded.flatMap((value) => /<([!-~]{1,512})>\s*$/.exec(value)?.[1] ?? []);
  return route.length === recorded.length && route.length <= MOST_HOPS ? route : [];
}

/** The headers that name the message and ask. */
export const imdnRequestHeaders = ({ messageId, delivered, displayed }: Omit<ImdnRequest, "route">): CpimHeader[] => [
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
