/**
 * How a program is asked to end. The first SIGINT, SIGTERM or SIGHUP asks; a second one forces. Started by npm, the
 * death of npm asks too.
 */
import { isAlive, watched } from "./ancestors.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Often enough that nobody sees an orphan, seldom enough to cost nothing. */
const PARENT_CHECK = 500;

export interface EndRequest extends Disposable {
  /** Settles when the program is asked to end. */
  readonly asked: Promise<void>;
}

export function onEndRequest({ startedByNpm = false } = {}): EndRequest {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  let times = 0;
  const onSignal = (): void => {
    times += 1;
    if (times > 1) process.exit(1);
    ask();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);

  const parent = process.ppid;
  const ancestors = watched(parent, startedByNpm);
  // Also keeps the process alive while everything else that is open happens to be unreferenced.
  const timer = setInterval(() => {
    if (startedByNpm && (process.ppid !== parent || !ancestors.every(isAlive))) ask();
  }, PARENT_CHECK);
  return {
    asked,
    [Symbol.dispose]: () => {
      clearInterval(timer);
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
