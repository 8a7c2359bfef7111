/** One offer of the history: who made it, when it ended and why, and what became of each file. */
import type { OfferRecord } from "@inlet/agent-core/contract";
import { useId } from "react";
import { type Fact, Facts } from "../look/facts.tsx";
import { Identity } from "../look/identity.tsx";
import { RuleAbout } from "../rules/rule-about.tsx";
import { useAgent } from "../state/agent-store.ts";
import { formatPlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { useChannelName } from "../state/selectors.ts";
import { Outside } from "../words/outside.tsx";
import { addressOf, nameOf } from "../words/party.ts";
import { Sentence } from "../words/sentence.tsx";
import { OutcomeMark } from "./outcome-mark.tsx";
import { RecordFile } from "./record-file.tsx";
import "./record.css";

export function RecordDetail({ record }: { readonly record: OfferRecord }) {
  const { w, count, absolute } = useLanguage();
  const channel = useChannelName(record.account, record.channel);
  const open = useAgent(({ agent }) => agent?.offers[record.id] !== undefined);
  const filesTitle = useId();
  const { id, from, service, application, session, push, receivedAt, endedAt, outcome, reason, files } = record;
  const instant = (iso: string) => <time dateTime={iso}>{absolute(iso)}</time>;

  const who = <Outside text={nameOf(from, w)} />;
  const facts: readonly Fact[] = [
    { name: w.activity.result, value: outcome && <OutcomeMark became={outcome} /> },
    { name: w.item.address, value: <Outside className="mono" text={addressOf(from.uri)} />, copy: addressOf(from.uri) },
    { name: w.item.identity, value: <Identity party={from} /> },
    { name: w.item.channel, value: channel && <Outside text={channel} /> },
    { name: w.activity.push, value: push && w.activity[push] },
    { name: w.activity.service, value: service && <Outside className="mono" text={service} /> },
    { name: w.activity.application, value: application && <Outside className="mono" text={application} /> },
    { name: w.activity.session, value: session && <Outside className="mono" text={session} /> },
    { name: w.activity.received, value: instant(receivedAt) },
    { name: w.activity.ended, value: endedAt && instant(endedAt) },
  ];
  return (
    <article className="item">
      <header className="item-head">
        <h2>
          <Sentence of={count(w.activity.offered, files.length, { who: "{who}" })} values={{ who }} />
        </h2>
        {reason !== undefined && (
          <p className="quiet">
            <Outside text={reason.text} /> <span className="small">({reason.code})</span>
          </p>
        )}
      </header>
      {open && (
        <div className="item-actions">
          <a className="button button-primary" href={formatPlace({ view: "offers", selected: id })}>
            {w.activity.decide}
          </a>
        </div>
      )}
      <Facts facts={facts} />
      <div className="item-actions">
        <RuleAbout from={from} action="accept" />
        <RuleAbout from={from} action="reject" />
      </div>
      <section aria-labelledby={filesTitle}>
        <h3 id={filesTitle} className="record-title">
          {w.offers.fileList}
        </h3>
        <ul className="record-files">
          {files.map((file) => (
            <RecordFile key={file.index} offer={id} file={file} />
          ))}
        </ul>
      </section>
    </article>
  );
}
