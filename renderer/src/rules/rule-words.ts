/** What a rule looks at, in a few words. */
import { channelKey, type RuleConditions } from "@inlet/agent-core/contract";
import { useAgent } from "../state/agent-store.ts";
import { fill } from "../words/fill.ts";
import type { Language } from "../words/language.ts";
import { displayLine } from "../words/outside-text.ts";
import { addressOf } from "../words/party.ts";
import { KINDS } from "./rule-form.ts";

export function conditionsInWords(
  when: RuleConditions,
  { w, list, size }: Language,
  channelName: (id: string) => string,
): readonly string[] {
  const { senders, vouched, channels, services, types, minSize, maxSize, hours } = when;
  const words = w.rules;
  const several = (values: readonly string[]): string => list(values.map(displayLine));
  const kind = (type: string): string => {
    const known = KINDS.find((one) => one === type);
    return known === undefined ? type : words.kinds[known];
  };
  const parts = [
    senders && fill(words.saysSenders, { who: several(senders.map(addressOf)) }),
    vouched && words.saysVouched,
    channels && fill(words.saysChannels, { channels: several(channels.map(channelName)) }),
    services && fill(words.saysServices, { services: several(services) }),
    types && several(types.map(kind)),
    minSize !== undefined && fill(words.saysMin, { size: size(minSize) }),
    maxSize !== undefined && fill(words.saysMax, { size: size(maxSize) }),
    hours && fill(words.saysHours, { from: hours.from, to: hours.to }),
  ].filter((part) => typeof part === "string");
  return parts.length === 0 ? [words.everything] : parts;
}

/** The name of a channel by its id, whichever account it belongs to. */
export function useChannelNames(): (id: string) => string {
  const channels = useAgent(({ agent }) => agent?.channels);
  const accounts = useAgent(({ agent }) => agent?.accounts);
  return (id) => {
    for (const account of Object.keys(accounts ?? {})) {
      const name = channels?.[channelKey(account, id)]?.name;
      if (name !== undefined) return name;
    }
    return id;
  };
}
