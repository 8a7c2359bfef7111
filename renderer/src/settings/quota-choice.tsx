/** What received files may take: all together, those of each account, those of each channel. */
import { useAgent } from "../state/agent-store.ts";
import { useCommand } from "../state/commands.ts";
import { useLanguage } from "../state/preferences.ts";
import { Choice } from "./choice.tsx";

const QUOTAS = {
  quota: [200e9, 50e9, 10e9],
  accountQuota: [100e9, 20e9, 5e9],
  channelQuota: [20e9, 5e9, 1e9],
} as const;

export type Quota = keyof typeof QUOTAS;

export function QuotaChoice({ of }: { readonly of: Quota }) {
  const { w, size } = useLanguage();
  const run = useCommand();
  const most = useAgent(({ agent }) => agent && (agent.settings[of] ?? null));
  const offered: readonly number[] = QUOTAS[of];
  // One that was set elsewhere is shown too.
  const all = typeof most === "number" && !offered.includes(most) ? [...offered, most].sort((a, b) => b - a) : offered;
  return (
    <Choice
      legend={w.settings.quotas[of]}
      value={most === null ? "none" : most?.toString()}
      options={[
        { value: "none", name: w.settings.quotaNone[of] },
        ...all.map((octets) => ({ value: `${octets}`, name: size(octets) })),
      ]}
      onChoose={(chosen) => void run("settings.set", { [of]: chosen === "none" ? null : Number(chosen) })}
    />
  );
}
