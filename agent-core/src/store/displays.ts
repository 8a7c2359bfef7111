/** Which senders want to hear when an item is displayed; each is told at most once. */
import type { Database } from "./database.ts";

export interface AwaitedDisplay {
  readonly account: string;
  readonly to: string;
  readonly messageId: string;
  /** As its envelope says. */
  readonly sentAt?: string | undefined;
}

export function awaitDisplay(db: Database, item: string, { account, to, messageId, sentAt }: AwaitedDisplay): void {
  db.run("INSERT OR IGNORE INTO displays VALUES (:item, :account, :to, :messageId, :sentAt)", {
    item,
    account,
    to,
    messageId,
    sentAt: sentAt ?? null,
  });
}

/** Those of the items, which are then forgotten. */
export function takeDisplays(db: Database, items: readonly string[]): readonly AwaitedDisplay[] {
  const rows = db.all<{ account: string; recipient: string; message_id: string; sent_at: string | null }>(
    `DELETE FROM displays WHERE item IN (SELECT value FROM json_each(:items))
     RETURNING account, recipient, message_id, sent_at`,
    { items: JSON.stringify(items) },
  );
  return rows.map(({ account, recipient, message_id, sent_at }) => ({
    account,
    to: recipient,
    messageId: message_id,
    ...(sent_at !== null && { sentAt: sent_at }),
  }));
}
