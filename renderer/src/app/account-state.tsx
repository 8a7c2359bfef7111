/** One account: its address, and how it stands. */
import type { Account } from "@inlet/agent-core/contract";
import { useAgent } from "../state/agent-store.ts";
import { SECOND_MS, useNow } from "../state/now.ts";
import { useLanguage } from "../state/preferences.ts";
import { Outside } from "../words/outside.tsx";
import { addressOf } from "../words/party.ts";
import { accountTone, accountWords } from "./account-words.ts";

export function AccountState({ account }: { readonly account: Account }) {
  const language = useLanguage();
  const now = useNow(SECOND_MS);
  // What the agent said last is no news once it is gone.
  const heard = useAgent(({ link }) => link.state === "connected");
  const words = heard ? accountWords(account, language, now) : language.w.account.unknown;
  return (
    <span className="account" title={`${addressOf(account.id)} – ${words}`}>
      <span className="account-dot" data-tone={heard ? accountTone(account) : "quiet"} aria-hidden />
      <span className="account-lines">
        <Outside className="account-address cut" text={addressOf(account.id)} />
        <span className="account-words small">{words}</span>
      </span>
    </span>
  );
}
