/** Every fact about an item: who, what, when, where, and why it was let in. */
import type { Item } from "@inlet/agent-core/contract";
import { useId } from "react";
import { Decided } from "../look/decided.tsx";
import { type Fact, Facts } from "../look/facts.tsx";
import { Identity } from "../look/identity.tsx";
import { VerifiedMark } from "../look/verified-mark.tsx";
import { formatPlace } from "../state/place.ts";
import { useLanguage } from "../state/preferences.ts";
import { useChannelName } from "../state/selectors.ts";
import { Outside } from "../words/outside.tsx";
import { displayLine } from "../words/outside-text.ts";
import { addressOf } from "../words/party.ts";

const written = ({ uri, name }: NonNullable<Item["author"]>): string =>
  name === undefined ? addressOf(uri) : `${name} (${addressOf(uri)})`;

export function ItemFacts({ item }: { readonly item: Item }) {
  const { w, size, number, count, absolute } = useLanguage();
  const channel = useChannelName(item.account, item.channel);
  const title = useId();
  const words = w.item;
  const mono = (text: string | undefined) => text && <Outside className="mono" text={text} />;

  const facts: readonly Fact[] = [
    { name: words.from, value: item.from.name && <Outside text={item.from.name} /> },
    { name: words.address, value: mono(addressOf(item.from.uri)), copy: addressOf(item.from.uri) },
    { name: words.identity, value: <Identity party={item.from} /> },
    {
      name: words.channel,
      value: channel !== undefined && item.channel !== undefined && (
        <a href={formatPlace({ view: "inbox", within: { account: item.account, channel: item.channel } })}>
          <Outside text={channel} />
        </a>
      ),
    },
    { name: words.kind, value: words[item.kind] },
    { name: words.type, value: mono(item.type) },
    { name: words.sniffed, value: mono(item.sniffed) },
    {
      name: words.size,
      value: (
        <span title={count(w.size.bytes, item.size)}>
          {size(item.size)}
          {item.size >= 1000 && <span className="quiet"> ({number(item.size)})</span>}
        </span>
      ),
    },
    { name: words.description, value: item.description && <Outside text={item.description} /> },
    { name: words.author, value: item.author && <Outside text={written(item.author)} /> },
    { name: words.sent, value: item.sentAt && <time dateTime={item.sentAt}>{absolute(item.sentAt)}</time> },
    { name: words.disposition, value: mono(item.disposition) },
    { name: words.when, value: <time dateTime={item.receivedAt}>{absolute(item.receivedAt)}</time> },
    { name: words.where, value: mono(item.path), copy: item.path === undefined ? undefined : displayLine(item.path) },
    {
      name: words.why,
      value:
        item.acceptedBy === undefined ? (
          item.kind === "message" && words.byNobody
        ) : (
          <Decided by={item.acceptedBy} rule={item.rule} />
        ),
    },
    { name: words.check, value: item.kind === "file" ? <VerifiedMark verified={item.verified} /> : undefined },
    { name: words.encryption, value: item.encryption && words.encryptions[item.encryption] },
    { name: words.sha256, value: mono(item.sha256), copy: item.sha256 },
    { name: words.sha1, value: mono(item.sha1), copy: item.sha1 },
  ];
  return (
    <section className="item-facts" aria-labelledby={title}>
      <h3 id={title}>{words.facts}</h3>
      <Facts facts={facts.filter(({ value }) => value !== false && value !== "")} />
    </section>
  );
}
