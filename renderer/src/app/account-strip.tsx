/** An account that cannot receive just now: why, and the one thing to do. */
import type { Account } from "@inlet/agent-core/contract";
import { useCommand } from "../state/commands.ts";
import { SECOND_MS, useNow } from "../state/now.ts";
import { useLanguage } from "../state/preferences.ts";
import { Outside } from "../words/outside.tsx";
import { addressOf } from "../words/party.ts";
import { Sentence } from "../words/sentence.tsx";
import { accountTone, accountWords } from "./account-words.ts";
import { Strip } from "./strip.tsx";

export function AccountStrip({ account }: { readonly account: Account }) {
  const language = useLanguage();
  const { w } = language;
  const now = useNow(SECOND_MS);
  const run = useCommand();
  return (
    <Strip
      tone={accountTone(account)}
      action={w.account.now}
      onAction={() => void run("accounts.reconnect", { account: account.id })}
    >
      <Sentence
        of={w.account.strip}
        values={{ account: <Outside text={addressOf(account.id)} />, state: accountWords(account, language, now) }}
      />
      {account.reason !== undefined && (
        <span className="quiet">
          {" – "}
          <Outside text={account.reason.text} /> <span className="strip-code small">({account.reason.code})</span>
        </span>
      )}
    </Strip>
  );
}
