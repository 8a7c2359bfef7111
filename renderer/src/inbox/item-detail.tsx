/** One item: what can be done with it, its preview, and every fact about it. */
import { type Caution, type Item, isProgramName } from "@inlet/agent-core/contract";
import {
  Download,
  ExternalLink,
  FolderOpen,
  Inbox,
  Mail,
  MailOpen,
  ShieldX,
  Trash2,
  TriangleAlert,
} from "lucide-react";
import { useState } from "react";
import { Button } from "../look/button.tsx";
import { Empty } from "../look/empty.tsx";
import { Time } from "../look/time.tsx";
import { told, useCarrier } from "../state/commands.ts";
import { useLanguage } from "../state/preferences.ts";
import { Outside } from "../words/outside.tsx";
import { nameOf } from "../words/party.ts";
import { ItemFacts } from "./item-facts.tsx";
import { Preview } from "./preview.tsx";
import { useItem } from "./use-item.ts";
import "./item-detail.css";

export interface ItemDetailProps {
  readonly id: string;
  readonly onDelete: (item: Item) => void;
}

export function ItemDetail({ id, onDelete }: ItemDetailProps) {
  const { w } = useLanguage();
  const { capabilities, ...carrier } = useActions();
  const { item, gone, markRead } = useItem(id);
  if (item === undefined) return <Empty icon={Inbox} text={gone ? w.inbox.gone : w.app.loading} />;
  // Content that came in a message and is no text lies in no folder.
  const isAttachment = item.kind === "message" && item.text === undefined;
  const caution: Caution | undefined =
    item.caution ?? (isAttachment && isProgramName(item.name) ? "program" : undefined);
  return (
    <article className="item">
      <header className="item-head">
        <h2>
          <Outside text={item.name} />
        </h2>
        <p className="quiet">
          <Outside text={nameOf(item.from, w)} /> · <Time iso={item.receivedAt} />
        </p>
      </header>
      <div className="item-actions">
        {item.kind === "file" && capabilities.open && (
          <Button look="primary" icon={ExternalLink} onPress={() => carrier.open(id)}>
            {w.item.open}
          </Button>
        )}
        {item.kind === "file" && capabilities.reveal && (
          <Button icon={FolderOpen} onPress={() => carrier.reveal(id)}>
            {w.item.reveal}
          </Button>
        )}
        {((item.kind === "file" && !capabilities.open) || isAttachment) && (
          <DownloadButton key={id} careful={caution !== undefined} onPress={() => carrier.download(id, item.name)} />
        )}
        <Button icon={item.read ? Mail : MailOpen} onPress={() => markRead(!item.read)}>
          {item.read ? w.item.markUnread : w.item.markRead}
        </Button>
        <Button look="danger" icon={Trash2} onPress={() => onDelete(item)}>
          {w.item.delete}
        </Button>
      </div>
      {item.verified === "no" && (
        <p className="item-warning" data-tone="bad">
          <ShieldX size={16} strokeWidth={1.75} aria-hidden />
          <span>
            {w.item.verifiedNo}. {w.item.verifiedNoText}
          </span>
        </p>
      )}
      {caution !== undefined && (
        <p className="item-warning" data-tone={caution === "program" ? "attention" : "bad"}>
          <TriangleAlert size={16} strokeWidth={1.75} aria-hidden />
          <span>{caution === "program" ? w.item.program : w.item.disguised}</span>
        </p>
      )}
      <Preview item={item} />
      <ItemFacts item={item} />
    </article>
  );
}

/** Where a second look is due, the first press asks for it. */
function DownloadButton({ careful, onPress }: { readonly careful: boolean; readonly onPress: () => void }) {
  const { w } = useLanguage();
  const [asked, setAsked] = useState(false);
  if (!careful || asked) {
    return (
      <Button look={careful ? "danger" : "primary"} icon={Download} onPress={onPress}>
        {careful ? w.item.downloadAnyway : w.item.download}
      </Button>
    );
  }
  return (
    <Button icon={Download} onPress={() => setAsked(true)}>
      {w.item.download}…
    </Button>
  );
}

/** What the carrier can do with an item's file, failures told. */
function useActions() {
  const carrier = useCarrier();
  return {
    capabilities: carrier.capabilities,
    open: (id: string) => void told(carrier.open(id)),
    reveal: (id: string) => void told(carrier.reveal(id)),
    download: (id: string, name: string) => void told(carrier.download(id, name)),
  };
}
