/** What must not be overlooked, above every view: no agent, an account that is not connected, accepting without asking. */
import type { Account } from "@inlet/agent-core/contract";
import { useAgent } from "../state/agent-store.ts";
import { useCommand } from "../state/commands.ts";
import { useLanguage } from "../state/preferences.ts";
import { useAccounts } from "../state/selectors.ts";
import { AccountStrip } from "./account-strip.tsx";
import { Strip } from "./strip.tsx";

/** From this many failed attempts on, a new key may be the reason. */
const ATTEMPTS_BEFORE_HELP = 3;

const needsAttention = ({ state }: Account): boolean =>
  state === "lost" || state === "rejected" || state === "unregistered";

export function Strips() {
  const { w } = useLanguage();
  const link = useAgent((mirror) => mirror.link);
  const known = useAgent((mirror) => mirror.agent !== undefined);
  const accept = useAgent((mirror) => mirror.agent?.settings.accept);
  const trouble = useAgent((mirror) => mirror.agent?.folderTrouble);
  const accounts = useAccounts();
  const run = useCommand();
  return (
    <>
      {link.state === "disconnected" && (known || link.attempts > 0) && (
        <Strip tone="bad" urgent>
          {w.link.lost}
          {link.attempts >= ATTEMPTS_BEFORE_HELP && <span className="small"> {w.link.lostHelp}</span>}
        </Strip>
      )}
      {(link.state === "connected" ? accounts.filter(needsAttention) : []).map((account) => (
        <AccountStrip key={account.id} account={account} />
      ))}
      {trouble !== undefined && (
        <Strip tone="bad" urgent>
          {w.folder.trouble[trouble.code as keyof typeof w.folder.trouble] ?? trouble.text}
        </Strip>
      )}
      {(accept === "all" || accept === "none") && (
        <Strip
          tone={accept === "all" ? "attention" : "quiet"}
          action={w.accept.askInstead}
          onAction={() => void run("settings.set", { accept: "ask" })}
        >
          {w.accept[accept]}
        </Strip>
      )}
    </>
  );
}
