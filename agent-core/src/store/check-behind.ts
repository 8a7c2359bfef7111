/**
 * Looks through a whole database in a thread of its own, while it is in use: the file is read as it stands, which it does while
 * whoever writes does not move the WAL into it (docs/adr/0004-check-behind.md).
 */
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

const LOOK = `
const { DatabaseSync } = require("node:sqlite");
const { parentPort, workerData } = require("node:worker_threads");
try {
  const db = new DatabaseSync(workerData, { readOnly: true });
  parentPort.postMessage(db.prepare("PRAGMA quick_check(1)").get().quick_check);
  db.close();
} catch (error) {
  parentPort.postMessage(error.message);
}`;

export interface Look extends Disposable {
  /** What is damaged; undefined where nothing is, or where it was ended before. */
  readonly found: Promise<string | undefined>;
}

export function checkBehind(path: string): Look {
  const url = pathToFileURL(path);
  // Neither locked nor recovered: this thread may not see that another one has it.
  url.searchParams.set("immutable", "1");
  const worker = new Worker(LOOK, { eval: true, workerData: url.href });
  worker.unref();
  const found = new Promise<string | undefined>((resolve, reject) => {
    worker.once("message", (said: string) => resolve(said === "ok" ? undefined : said));
    worker.once("error", reject);
    worker.once("exit", () => resolve(undefined));
  });
  return { found, [Symbol.dispose]: () => void worker.terminate() };
}
