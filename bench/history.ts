/**
 * What a long history costs: a million offers and items, a search among 100 000, the start of the agent over them.
 *
 *   node bench/history.ts [--json]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { silentLog, systemClock } from "@inlet/agent-core/kernel";
import { DATABASE_FILE, Store } from "@inlet/agent-core/store";
import { median, type Suite } from "./suite.ts";

const OPTIONS = { clock: systemClock, log: silentLog };
const ROUNDS = 9;

/** Rows as they come: every tenth of a channel, every hundredth unread, words that many share and words that few do. */
const FILL = `
WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO items (id, account, kind, from_uri, from_name, channel, offer, idx, name, type, size, path, text, sha256,
  verified, accepted_by, received_at, read)
SELECT 'item' || i, 'sip:bob@example.net', iif(i % 3 = 0, 'message', 'file'), 'sip:sender' || (i % 500) || '@example.net',
  'Sender ' || (i % 500), iif(i % 10 = 0, 'weather', NULL), 'offer' || i, 0, 'report-' || i || '.pdf', 'application/pdf',
  100000 + i, '/in/report-' || i || '.pdf', iif(i % 3 = 0, 'the quick note number ' || i, NULL), hex(randomblob(32)),
  'yes', 'person', 1700000000000 + i * 1000, iif(i % 100 = 0, 0, 1)
FROM n;
WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO offers (id, account, from_uri, from_name, received_at, ended_at, outcome)
SELECT 'offer' || i, 'sip:bob@example.net', 'sip:sender' || (i % 500) || '@example.net', 'Sender ' || (i % 500),
  1700000000000 + i * 1000, 1700000000000 + i * 1000 + 500, 'completed'
FROM n;
INSERT INTO offer_files (offer, idx, name, type, size, outcome, item)
SELECT seq, 0, 'report-' || seq || '.pdf', 'application/pdf', 100000 + seq, 'completed', 'item' || seq FROM offers;
INSERT INTO items_fts (rowid, name, text, sender)
SELECT seq, name, text, concat_ws(' ', from_name, from_uri, from_asserted) FROM items;
`;

interface HistoryResult {
  readonly rows: number;
  readonly megabytes: number;
  /** Milliseconds of each thing asked, worst of all rounds and median. */
  readonly asked: readonly { readonly what: string; readonly worst: number; readonly median: number }[];
}

async function measure(rows: number): Promise<HistoryResult> {
  const dir = mkdtempSync(join(tmpdir(), "inlet-history-"));
  try {
    Store.open(dir, OPTIONS).close();
    const db = new DatabaseSync(join(dir, DATABASE_FILE));
    db.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
    for (const sql of FILL.split(";\n").filter((text) => text.trim() !== ""))
      db.prepare(sql).run(sql.includes(":count") ? { count: rows } : {});
    db.close();
    const opened = timed("opened", () => Store.open(dir, OPTIONS).close());
    using store = Store.open(dir, OPTIONS);
    const began = performance.now();
    await store.checkBehind();
    const behind = performance.now() - began;
    const middle = store.listOffers({ limit: 1 }).next ?? "";
    const asked = [
      opened,
      { what: "looked through behind", worst: behind, median: behind },
      timed("first page of offers", () => store.listOffers({ limit: 50 })),
      timed("first page of items", () => store.listItems({ limit: 50 })),
      timed("first page of a channel", () => store.listItems({ limit: 50, channel: "weather" })),
      timed("a page from the middle", () => store.listOffers({ limit: 50, before: middle })),
      timed("counters", () => store.counters()),
      timed("room within a quota", () => store.keptOctets("sip:bob@example.net", "weather")),
      timed("search: a word all have", () => store.listItems({ limit: 50, query: "report" })),
      timed("search: a word one has", () => store.listItems({ limit: 50, query: `${rows >> 1}` })),
      timed("search: a sender", () => store.listItems({ limit: 50, query: "sender 17" })),
      timed("search: two letters", () => store.listItems({ limit: 50, query: "re no" })),
      timed("search: nothing found", () => store.listItems({ limit: 50, query: "report elephant" })),
    ];
    return { rows, megabytes: Math.round(statSync(join(dir, DATABASE_FILE)).size / 1e6), asked };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function timed(what: string, ask: () => unknown): HistoryResult["asked"][number] {
  const times = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    ask();
    return performance.now() - start;
  });
  return { what, worst: Math.max(...times), median: median(times) };
}

export const suite: Suite = {
  title: "History",
  async run(tell) {
    const results = [await measure(100_000), await measure(1_000_000)];
    for (const { rows, megabytes, asked } of results) {
      tell(`${rows.toLocaleString("en-GB")} offers and as many items, ${megabytes} MB`);
      for (const { what, worst, median: middle } of asked)
        tell(`  ${what.padEnd(28)} ${middle.toFixed(2).padStart(9)} ms; at worst ${worst.toFixed(2)} ms`);
    }
    return results;
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const json = process.argv.includes("--json");
  const result = await suite.run(json ? () => undefined : (line) => console.log(line));
  if (json) console.log(JSON.stringify(result));
}
