/**
 * The one moment Inlet asks: who, which files, what they take, and the answer. ↑↓ between the files, space ticks, Enter
 * accepts, Esc puts off.
 */
import type { Offer } from "@inlet/agent-core/contract";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { Button } from "../look/button.tsx";
import { Identity } from "../look/identity.tsx";
import { RuleAbout } from "../rules/rule-about.tsx";
import { useLanguage } from "../state/preferences.ts";
import { useChannelName } from "../state/selectors.ts";
import { fill } from "../words/fill.ts";
import { Outside } from "../words/outside.tsx";
import { addressOf, nameOf } from "../words/party.ts";
import { Sentence } from "../words/sentence.tsx";
import { OfferFile } from "./offer-file.tsx";
import { leastEncryption, ruledOut, tickedFiles, totalSize } from "./selection.ts";
import { TimeLeft } from "./time-left.tsx";
import { useDecision } from "./use-decision.ts";
import "./offer-card.css";

export interface OfferCardProps {
  readonly offer: Offer;
  readonly onLater: () => void;
}

export function OfferCard({ offer, onLater }: OfferCardProps) {
  const { w, count, size, number } = useLanguage();
  const [unticked, setUnticked] = useState<ReadonlySet<number>>(() => ruledOut(offer));
  const { deciding, decide } = useDecision(offer.id);
  const channel = useChannelName(offer.account, offer.channel);
  const list = useRef<HTMLUListElement>(null);
  const title = useId();

  const ticked = tickedFiles(offer, unticked);
  const { size: total, exact } = totalSize(ticked);
  const who = nameOf(offer.from, w);
  const summary = [fill(w.offers.selected, { n: number(ticked.length), total: number(offer.files.length) })];
  if (!exact && total === 0) summary.push(w.offers.sizeUnknown);
  else if (ticked.length > 0) summary.push(fill(exact ? w.offers.takes : w.offers.takesAtLeast, { size: size(total) }));
  const way = leastEncryption(ticked);
  if (way !== undefined) summary.push(w.offers.encryptions[way]);
  const accept = () => {
    if (ticked.length > 0) void decide(ticked.map(({ index }) => index));
  };

  const tick = (index: number, on: boolean) => {
    const next = new Set(unticked);
    if (on) next.delete(index);
    else next.add(index);
    setUnticked(next);
  };

  const onFileKey = (event: KeyboardEvent) => {
    const boxes = [...(list.current?.querySelectorAll("input") ?? [])];
    const here = boxes.indexOf(event.target as HTMLInputElement);
    if (event.key === "ArrowDown") boxes[here + 1]?.focus();
    else if (event.key === "ArrowUp") boxes[here - 1]?.focus();
    else if (event.key === "Enter") accept();
    else if (event.key === "Escape") onLater();
    else return;
    event.preventDefault();
  };

  return (
    <section
      className="offer-card"
      aria-label={count(w.offers.card, offer.files.length, { who })}
      aria-busy={deciding || undefined}
    >
      <div className="offer-head">
        <h2 id={title}>
          <Sentence
            of={count(w.offers.offersFiles, offer.files.length, { who: "{who}" })}
            values={{ who: <Outside text={who} /> }}
          />
        </h2>
        <TimeLeft until={offer.expiresAt} />
      </div>
      <p className="offer-who small">
        <Outside className="mono" text={addressOf(offer.from.uri)} />
        <Identity party={offer.from} />
      </p>
      {offer.subject !== undefined && (
        <p className="offer-words">
          <Outside text={offer.subject} />
        </p>
      )}
      {offer.to !== undefined && (
        <p className="small quiet">
          <Sentence
            of={w.offers.sentTo}
            values={{ address: <Outside className="mono" text={addressOf(offer.to)} /> }}
          />
        </p>
      )}
      {offer.origin === "link" && <p className="small quiet">{w.offers.link}</p>}
      {channel !== undefined && (
        <p className="small quiet">
          <Sentence of={w.offers.via} values={{ channel: <Outside text={channel} /> }} />
        </p>
      )}
      <ul className="offer-files" ref={list} aria-label={w.offers.fileList}>
        {offer.files.map((file) => (
          <OfferFile
            key={file.index}
            offer={offer.id}
            file={file}
            ticked={ticked.includes(file)}
            onTick={(on) => tick(file.index, on)}
            onKeyDown={onFileKey}
          />
        ))}
      </ul>
      <p className="small quiet" role="status">
        {deciding ? w.offers.deciding : summary.join(" · ")}
      </p>
      <div className="offer-actions">
        <Button look="primary" unavailable={deciding || ticked.length === 0} onPress={accept}>
          {w.offers.accept}
        </Button>
        <Button unavailable={deciding} onPress={() => void decide([])}>
          {w.offers.reject}
        </Button>
        <Button look="quiet" onPress={onLater}>
          {w.offers.later}
        </Button>
        <RuleAbout from={offer.from} action="accept" look="quiet" />
      </div>
    </section>
  );
}
