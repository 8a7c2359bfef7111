/** Why the list is empty, and what to do about it. */
import { Inbox, Radio, SearchX } from "lucide-react";
import { Button } from "../look/button.tsx";
import { CopyButton } from "../look/copy-button.tsx";
import { Empty } from "../look/empty.tsx";
import { formatPlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { useAccounts } from "../state/selectors.ts";
import { Outside } from "../words/outside.tsx";
import { addressOf } from "../words/party.ts";

export interface NothingHereProps {
  readonly why: "search" | "inbox" | "channel";
  readonly onClear: () => void;
}

export function NothingHere({ why, onClear }: NothingHereProps) {
  const { w } = useLanguage();
  const accounts = useAccounts();
  if (why === "search") {
    return (
      <Empty icon={SearchX} title={w.inbox.emptySearchTitle} text={w.inbox.emptySearchText}>
        <Button onPress={onClear}>{w.inbox.clear}</Button>
      </Empty>
    );
  }
  if (why === "channel") {
    return <Empty icon={Radio} title={w.inbox.emptyChannelTitle} text={w.inbox.emptyChannelText} />;
  }
  return (
    <Empty icon={Inbox} title={w.inbox.emptyTitle} text={w.inbox.emptyText}>
      {accounts.map(({ id }) => (
        <p key={id} className="mark">
          <Outside className="mono" text={addressOf(id)} />
          <CopyButton what={w.inbox.emptyAddress} value={addressOf(id)} />
        </p>
      ))}
      <a className="button" href={formatPlace({ view: "channels" })}>
        {w.inbox.emptyChannels}
      </a>
    </Empty>
  );
}
