/** Which senders want to hear when an item is displayed; each is told at most once. */
import type { Database } from "./database.ts";

export interface AwaitedDisplay {
  readonly account: string;
  readonly to: string;
  readonly messageId: string;
  /** As its envelope says. */
  readonly sentAt?: string | undefined;
  /** What a notification passes, the next one first. */
  readonly route: readonly string[];
}

interface Row {
  readonly account: string;
  readonly recipient: string;
  readonly message_id: string;
  readonly sent_at: string | null;
  /** URIs between blanks. */
  readonly route: string;
}

export function awaitDisplay(db: Database, item: string, awaited: AwaitedDisplay): void {
  const { account, to, messageId, sentAt = null, route } = awaited;
  db.run("INSERT OR IGNORE INTO displays VALUES (:item, :account, :to, :messageId, :sentAt, :route)", {
    ...{ item, account, to, messageId, sentAt },
    route: route.join(" "),
  });
}

/** Those of the items, which are then forgotten. */
export function takeDisplays(db: Database, items: readonly string[]): readonly AwaitedDisplay[] {
  const rows = db.all<Row>(
    `DELETE FROM displays WHERE item IN (SELECT value FROM json_each(:items))
     RETURNING account, recipient, message_id, sent_at, route`,
    { items: JSON.stringify(items) },
  );
  return rows.map(({ account, recipient, message_id, sent_at, route }) => ({
    account,
    to: recipient,
    messageId: message_id,
    route: route.split(" ").filter((uri) => uri !== ""),
    ...(sent_at !== null && { sentAt: sent_at }),
  }));
}
