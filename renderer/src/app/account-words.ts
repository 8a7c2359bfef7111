/** The state of an account in words, and what it means. */
import type { Account } from "@inlet/agent-core/contract";
import { fill } from "../words/fill.ts";
import type { Language } from "../words/language.ts";

export type Tone = "good" | "attention" | "bad" | "quiet";

export const accountTone = ({ state }: Account): Tone => {
  switch (state) {
    case "registered":
    case "refreshing":
      return "good";
    case "connecting":
    case "lost":
      return "attention";
    case "rejected":
      return "bad";
    case "unregistered":
      return "quiet";
  }
};

/** `now` in milliseconds, for the time until the next attempt. */
export function accountWords(account: Account, language: Language, now: number): string {
  const words = language.w.account;
  if (account.state !== "lost" || account.retryAt === undefined) return words[account.state];
  const left = Date.parse(account.retryAt) - now;
  return left <= 0 ? words.lostRetrying : fill(words.lostIn, { time: language.duration(left) });
}
