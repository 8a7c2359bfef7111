/** One account: its address, and how it stands. */
import type { Account } from "@inlet/agent-core/contract";
import { SECOND_MS, useNow } from "../state/now.ts";
import { useLanguage } from "../state/preferences.ts";
import { Outside } from "../words/outside.tsx";
import { addressOf } from "../words/party.ts";
import { accountTone, accountWords } from "./account-words.ts";

export function AccountState({ account }: { readonly account: Account }) {
  const language = useLanguage();
  const now = useNow(SECOND_MS);
  const words = accountWords(account, language, now);
  return (
    <span className="account" title={`${addressOf(account.id)} – ${words}`}>
      <span className="account-dot" data-tone={accountTone(account)} aria-hidden />
      <span className="account-lines">
        <Outside className="account-address cut" text={addressOf(account.id)} />
        <span className="account-words small">{words}</span>
      </span>
    </span>
  );
}
