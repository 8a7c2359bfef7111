/** Every open offer, and the one that is looked at with its answer. */
import type { Offer } from "@inlet/agent-core/contract";
import { Package } from "lucide-react";
import { DayList } from "../app/day-list.tsx";
import { TwoPane } from "../app/two-pane.tsx";
import { Empty } from "../look/empty.tsx";
import { putOff } from "../state/later.ts";
import { formatPlace, go, usePlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { useOpenOffers } from "../state/selectors.ts";
import { OfferCard } from "./offer-card.tsx";
import { OfferRow } from "./offer-row.tsx";

const timeOf = (offer: Offer) => offer.receivedAt;
const addressOf = (offer: Offer) => formatPlace({ view: "offers", selected: offer.id });
const nothing = () => undefined;

export function OffersView() {
  const { w } = useLanguage();
  const place = usePlace();
  const offers = useOpenOffers();
  const selected = offers.find(({ id }) => id === place.selected);

  const list = (
    <>
      <div className="list-head">
        <h1>{w.nav.offers}</h1>
      </div>
      {offers.length === 0 ? (
        <Empty icon={Package} title={w.offers.emptyTitle} text={w.offers.emptyText}>
          <a className="button" href={formatPlace({ view: "activity" })}>
            {w.offers.emptyActivity}
          </a>
        </Empty>
      ) : (
        <DayList
          label={w.nav.offers}
          entries={offers}
          timeOf={timeOf}
          addressOf={addressOf}
          selected={place.selected}
          onMore={nothing}
        >
          {(offer) => <OfferRow offer={offer} />}
        </DayList>
      )}
    </>
  );

  const later = (offer: Offer) => {
    putOff(offer.id);
    go({ view: "offers" });
  };
  const detail =
    selected === undefined ? (
      <Empty icon={Package} text={place.selected === undefined ? w.offers.choose : w.offers.gone} />
    ) : (
      <div className="offer-detail">
        <OfferCard key={selected.id} offer={selected} onLater={() => later(selected)} />
      </div>
    );
  return <TwoPane place={place} list={list} detail={detail} />;
}
