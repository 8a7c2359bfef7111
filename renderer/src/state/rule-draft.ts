/** The rule that is being written, wherever it was begun: the page of rules shows it. */
import type { Party, RuleDraft } from "@inlet/agent-core/contract";
import { create } from "zustand";
import { fill } from "../words/fill.ts";
import { addressOf, nameOf } from "../words/party.ts";
import { go } from "./place.ts";
import { currentLanguage } from "./preferences.ts";

export const useRuleDraft = create<{ readonly draft: RuleDraft | undefined }>(() => ({ draft: undefined }));

export const RULES = { view: "settings", selected: "rules" } as const;

export function writeRule(draft: RuleDraft | undefined): void {
  useRuleDraft.setState({ draft });
  if (draft !== undefined) go(RULES);
}

const NAME = 80;

/** About whoever sent this; where the network vouches for an address, for that one alone. */
export function ruleAbout(from: Party, action: "accept" | "reject"): RuleDraft {
  const { w } = currentLanguage();
  const address = addressOf(from.asserted ?? from.uri);
  const template = action === "accept" ? w.rules.nameAccept : w.rules.nameReject;
  return {
    name: fill(template, { who: nameOf(from, w) })
      .slice(0, NAME)
      .trim(),
    enabled: true,
    when: { senders: [address], ...(from.asserted !== undefined && action === "accept" && { vouched: true as const }) },
    action,
  };
}

export const emptyRule = (): RuleDraft => ({ name: "", enabled: true, when: {}, action: "accept" });
