/** How fast a transfer goes, out of what was received when: the mean of the last few seconds. */
export interface Sample {
  readonly at: number;
  readonly received: number;
}

const WINDOW_MS = 4_000;
/** Samples closer together than this say nothing new. */
const SPACING_MS = 250;
/** Over a shorter stretch a rate would only flicker. */
const LEAST_MS = 500;

/** The samples with one more, old ones dropped. Progress that goes back starts afresh. */
export function addSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.received < last.received) return [sample];
  const kept = samples.filter(({ at }) => sample.at - at <= WINDOW_MS);
  const before = kept.at(-2);
  // Within the spacing the newest replaces the one before it.
  if (before !== undefined && sample.at - before.at < SPACING_MS) return [...kept.slice(0, -1), sample];
  return [...kept, sample];
}

/** Octets a second; `undefined` while there is too little to go by. */
export function rate(samples: readonly Sample[]): number | undefined {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < LEAST_MS) return undefined;
  return ((last.received - first.received) * 1000) / (last.at - first.at);
}

/** Milliseconds until the end; `undefined` when that cannot be said. */
export function timeLeft(samples: readonly Sample[], size: number | undefined): number | undefined {
  const speed = rate(samples);
  const received = samples.at(-1)?.received;
  if (speed === undefined || speed <= 0 || size === undefined || received === undefined) return undefined;
  return (Math.max(0, size - received) / speed) * 1000;
}
