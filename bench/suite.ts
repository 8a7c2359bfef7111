/** What `bench/index.ts` runs: each file of this folder that exports a `suite`. */
export interface Suite {
  readonly title: string;
  /** Runs alone on its machine as far as may be; `tell` gets each line of its table. What it resolves with is kept raw. */
  run(tell: (line: string) => void): Promise<unknown>;
}

export const least = (values: readonly number[]): number => Math.min(...values);

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};
