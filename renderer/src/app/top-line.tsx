/** Where there is no rail: how the accounts stand. */
import { useLanguage } from "../state/preferences.ts";
import { useAccounts } from "../state/selectors.ts";
import { AccountState } from "./account-state.tsx";
import { Brand } from "./brand.tsx";

export function TopLine() {
  const { w } = useLanguage();
  const accounts = useAccounts();
  return (
    <header className="top-line">
      <Brand bare />
      <ul aria-label={w.app.accounts}>
        {accounts.map((account) => (
          <li key={account.id}>
            <AccountState account={account} />
          </li>
        ))}
      </ul>
    </header>
  );
}
