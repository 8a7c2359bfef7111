/**
 * How a program is asked to end. The first SIGINT, SIGTERM or SIGHUP asks; a second one forces. With a watch on the
 * parent, its death asks too: npm that is killed takes nobody with it.
 */

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Often enough that nobody sees an orphan, seldom enough to cost nothing. */
const PARENT_CHECK = 500;

export interface EndRequest extends Disposable {
  /** Settles when the program is asked to end. */
  readonly asked: Promise<void>;
}

export function onEndRequest({ watchParent = false } = {}): EndRequest {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  let times = 0;
  const onSignal = (): void => {
    times += 1;
    if (times > 1) process.exit(1);
    ask();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);

  const parent = process.ppid;
  // Also keeps the process alive while everything else that is open happens to be unreferenced.
  const timer = setInterval(() => {
    if (watchParent && process.ppid !== parent) ask();
  }, PARENT_CHECK);
  return {
    asked,
    [Symbol.dispose]: () => {
      clearInterval(timer);
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
