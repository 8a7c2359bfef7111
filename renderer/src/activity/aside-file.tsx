/** A file that is not what was offered, and lies aside: thrown away, or kept all the same. */
import { useState } from "react";
import { Button } from "../look/button.tsx";
import { useCommand } from "../state/commands.ts";
import { offerHistory } from "../state/history.ts";
import { useLanguage } from "../state/preferences.ts";

export interface AsideFileProps {
  readonly offer: string;
  readonly index: number;
}

export function AsideFile({ offer, index }: AsideFileProps) {
  const { w } = useLanguage();
  const run = useCommand();
  const [busy, setBusy] = useState(false);
  const decide = async (command: "offers.keepAside" | "offers.discardAside") => {
    setBusy(true);
    await run(command, { offer, index });
    await offerHistory.refresh();
    setBusy(false);
  };
  return (
    <span className="record-aside">
      <span className="small">{w.activity.aside}</span>
      <span className="item-actions">
        <Button small unavailable={busy} onPress={() => void decide("offers.discardAside")}>
          {w.activity.discardAside}
        </Button>
        <Button small look="danger" unavailable={busy} onPress={() => void decide("offers.keepAside")}>
          {w.activity.keepAside}
        </Button>
      </span>
    </span>
  );
}
