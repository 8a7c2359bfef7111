/** The rail: how the accounts stand, where one can go, the channels, and at the bottom what is needed less often. */
import { PanelLeftClose, PanelLeftOpen } from "lucide-react";
import { Button } from "../look/button.tsx";
import { setPreferences, useLanguage, usePreferences } from "../state/preferences.ts";
import { useAccounts } from "../state/selectors.ts";
import { AccountState } from "./account-state.tsx";
import { Brand } from "./brand.tsx";
import { NavLink } from "./nav-link.tsx";
import { RailChannels } from "./rail-channels.tsx";
import { useMedium } from "./use-media.ts";
import "./rail.css";

export function Rail() {
  const { w } = useLanguage();
  const accounts = useAccounts();
  const medium = useMedium();
  const wide = usePreferences((chosen) => chosen.rail === "wide") && !medium;
  return (
    <div className="rail" data-wide={wide}>
      <header>
        <div className="rail-head">
          {wide && <Brand />}
          {medium ? (
            <Brand bare />
          ) : (
            <Button
              look="quiet"
              icon={wide ? PanelLeftClose : PanelLeftOpen}
              label={wide ? w.app.collapse : w.app.expand}
              expanded={wide}
              onPress={() => setPreferences({ rail: wide ? "narrow" : "wide" })}
            />
          )}
        </div>
        <ul className="rail-accounts" aria-label={w.app.accounts}>
          {accounts.map((account) => (
            <li key={account.id}>
              <AccountState account={account} />
            </li>
          ))}
        </ul>
      </header>
      <nav className="rail-nav" aria-label={w.app.main}>
        <NavLink view="inbox" named={wide} />
        <NavLink view="offers" named={wide} />
        <NavLink view="transfers" named={wide} />
        <NavLink view="channels" named={wide} />
        <RailChannels wide={wide} />
        <span className="rail-gap" />
        <NavLink view="activity" named={wide} />
        <NavLink view="settings" named={wide} />
      </nav>
    </div>
  );
}
