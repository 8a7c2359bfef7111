/** Preloaded into the agent (`node --import`): tells what it holds, whenever it is asked over the IPC channel. */
import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface Held {
  /** Octets: of the process, and of what lives after a collection. */
  readonly rss: number;
  readonly heap: number;
  /** Octets outside of it that it refers to: buffers. */
  readonly external: number;
  readonly handles: number;
  readonly timers: number;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

process.on("message", () => {
  collect();
  const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const handles = process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0;
  const { rss, heapUsed: heap, external } = process.memoryUsage();
  process.send?.({ rss, heap, external, handles, timers } satisfies Held);
});
process.channel?.unref();
