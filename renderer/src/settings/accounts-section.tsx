/** Each account: how it stands, why, until when. */
import { RefreshCw } from "lucide-react";
import { AccountState } from "../app/account-state.tsx";
import { Button } from "../look/button.tsx";
import { useCommand } from "../state/commands.ts";
import { useLanguage } from "../state/preferences.ts";
import { useAccounts } from "../state/selectors.ts";
import { fill } from "../words/fill.ts";
import { Outside } from "../words/outside.tsx";
import { addressOf } from "../words/party.ts";
import { Section } from "./section.tsx";

export function AccountsSection() {
  const { w, absolute } = useLanguage();
  const accounts = useAccounts();
  const run = useCommand();
  return (
    <Section title={w.settings.accounts}>
      {accounts.length === 0 && (
        <p>
          {w.account.none}. <span className="quiet">{w.account.noneText}</span>
        </p>
      )}
      <ul className="settings-accounts">
        {accounts.map((account) => (
          <li key={account.id}>
            <div>
              <AccountState account={account} />
              <p className="small quiet">
                {w.account.registrar}: <Outside text={account.registrar} />
              </p>
              {account.state === "registered" && account.expiresAt !== undefined && (
                <p className="small quiet">{fill(w.account.until, { time: absolute(account.expiresAt) })}</p>
              )}
              {account.reason !== undefined && (
                <p className="small">
                  <Outside text={account.reason.text} /> <span className="quiet">({account.reason.code})</span>
                </p>
              )}
              {account.relay !== undefined && (
                <p className="small quiet">
                  {w.account.relay[account.relay.state]}
                  {account.relay.reason !== undefined && ` (${account.relay.reason.code})`}
                </p>
              )}
            </div>
            {(account.relay?.state === "rejected" ||
              account.state === "lost" ||
              account.state === "rejected" ||
              account.state === "unregistered") && (
              <Button icon={RefreshCw} onPress={() => void run("accounts.reconnect", { account: account.id })}>
                {fill(w.account.reconnect, { account: addressOf(account.id) })}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
