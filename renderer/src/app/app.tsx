/** The window: rail, the view one is in, and what lies over every view. */
import { PlugZap } from "lucide-react";
import { useRef } from "react";
import { ActivityView } from "../activity/activity-view.tsx";
import { ChannelsView } from "../channels/channels-view.tsx";
import { InboxView } from "../inbox/inbox-view.tsx";
import { Empty } from "../look/empty.tsx";
import { OffersView } from "../offers/offers-view.tsx";
import { SettingsView } from "../settings/settings-view.tsx";
import { useAgent } from "../state/agent-store.ts";
import { usePlace, type View } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { TransfersView } from "../transfers/transfers-view.tsx";
import { BottomBar } from "./bottom-bar.tsx";
import { Boundary } from "./boundary.tsx";
import { NoticesView } from "./notices-view.tsx";
import { Rail } from "./rail.tsx";
import { ShortcutsDialog } from "./shortcuts-dialog.tsx";
import { Strips } from "./strips.tsx";
import { TopLine } from "./top-line.tsx";
import { useNarrow } from "./use-media.ts";
import { useShortcuts } from "./use-shortcuts.ts";
import { useTitle } from "./use-title.ts";
import "./app.css";

const VIEW: Readonly<Record<View, () => React.ReactNode>> = {
  inbox: InboxView,
  offers: OffersView,
  transfers: TransfersView,
  channels: ChannelsView,
  activity: ActivityView,
  settings: SettingsView,
};

export function App() {
  const { w } = useLanguage();
  const narrow = useNarrow();
  const view = usePlace((place) => place.view);
  const known = useAgent((mirror) => mirror.agent !== undefined);
  // The agent answers, but nothing it says is understood.
  const unreadable = useAgent(({ link, dropped }) => link.state === "connected" && dropped > 0);
  const main = useRef<HTMLElement>(null);
  useShortcuts();
  useTitle();

  const Current = VIEW[view];
  return (
    <div className="app">
      <button type="button" className="skip button" onClick={() => main.current?.focus()}>
        {w.app.skip}
      </button>
      {narrow ? <TopLine /> : <Rail />}
      <main className="stage" ref={main} tabIndex={-1}>
        <Strips />
        {known ? (
          <Boundary key={view}>
            <Current />
          </Boundary>
        ) : (
          <Empty icon={PlugZap} text={unreadable ? w.says.unreadable : w.link.connecting} />
        )}
      </main>
      {narrow && <BottomBar />}
      <NoticesView />
      <ShortcutsDialog />
    </div>
  );
}
