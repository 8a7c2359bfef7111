/** The channels one has something to do with, each an inbox of its own. */
import { channelKey } from "@inlet/agent-core/contract";
import { useAgent } from "../state/agent-store.ts";
import { formatPlace, usePlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { useChannels } from "../state/selectors.ts";
import { Outside } from "../words/outside.tsx";
import { displayLine } from "../words/outside-text.ts";

export function RailChannels({ wide }: { readonly wide: boolean }) {
  const { w, count, number } = useLanguage();
  const channels = useChannels();
  const unreadBy = useAgent(({ agent }) => agent?.counters.unreadByChannel);
  const within = usePlace((place) => place.within);
  const mine = channels.filter(
    ({ account, id, status }) =>
      (status !== "available" && status !== "refused") || (unreadBy?.[channelKey(account, id)] ?? 0) > 0,
  );
  if (mine.length === 0) return null;
  return (
    <ul className="rail-channels" data-wide={wide}>
      {mine.map(({ account, id, name, status }) => {
        const unread = unreadBy?.[channelKey(account, id)] ?? 0;
        const here = within?.account === account && within.channel === id;
        return (
          <li key={channelKey(account, id)}>
            <a
              className="nav-link"
              href={formatPlace({ view: "inbox", within: { account, channel: id } })}
              aria-current={here ? "page" : undefined}
              data-muted={status !== "subscribed"}
              title={wide ? w.channels[status] : displayLine(name)}
            >
              {!wide && (
                <span className="rail-letter" aria-hidden>
                  {displayLine(name).slice(0, 1).toLocaleUpperCase()}
                </span>
              )}
              <span className={wide ? "nav-link-name cut" : "heard"}>
                <Outside text={name} />
              </span>
              {unread > 0 && (
                <>
                  <span className="nav-link-count" aria-hidden>
                    {unread > 999 ? "999+" : number(unread)}
                  </span>
                  <span className="heard">{count(w.nav.unread, unread)}</span>
                </>
              )}
            </a>
          </li>
        );
      })}
    </ul>
  );
}
