/** The newest offer, above the inbox. The others wait in Offers; so does one that was put off. */
import { putOff, useLater } from "../state/later.ts";
import { formatPlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { useOpenOffers } from "../state/selectors.ts";
import { OfferCard } from "./offer-card.tsx";

export function OfferTray() {
  const { w, count } = useLanguage();
  const offers = useOpenOffers();
  const later = useLater((state) => state.offers);
  const waiting = offers.filter(({ id }) => !later.has(id));
  const newest = waiting[0];
  if (newest === undefined) return null;
  return (
    <div className="offer-tray">
      <OfferCard key={newest.id} offer={newest} onLater={() => putOff(newest.id)} />
      {waiting.length > 1 && (
        <a className="small" href={formatPlace({ view: "offers" })}>
          {count(w.offers.more, waiting.length - 1)}
        </a>
      )}
    </div>
  );
}
