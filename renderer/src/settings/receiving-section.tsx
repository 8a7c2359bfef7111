/** What happens with offers, and where files go. */
import { useAgent } from "../state/agent-store.ts";
import { useCommand } from "../state/commands.ts";
import { useLanguage } from "../state/preferences.ts";
import { fill } from "../words/fill.ts";
import { Outside } from "../words/outside.tsx";
import { Choice } from "./choice.tsx";
import { QuotaChoice } from "./quota-choice.tsx";
import { Section } from "./section.tsx";

export function ReceivingSection() {
  const { w } = useLanguage();
  const run = useCommand();
  const accept = useAgent(({ agent }) => agent?.settings.accept);
  const held = useAgent(({ agent }) => agent?.settings.held);
  const folder = useAgent(({ agent }) => agent?.settings.folder) ?? "";
  const receipts = useAgent(({ agent }) => agent?.settings.receipts);
  const plainLinks = useAgent(({ agent }) => agent?.settings.plainLinks);
  const keepDays = useAgent(({ agent }) => agent && (agent.settings.keepDays ?? null));
  const words = w.settings;
  return (
    <Section title={words.receiving}>
      <Choice
        legend={words.acceptLegend}
        value={accept}
        options={[
          { value: "ask", name: words.ask, help: words.askHelp },
          { value: "all", name: words.all, help: words.allHelp },
          { value: "none", name: words.none, help: words.noneHelp },
        ]}
        onChoose={(chosen) => void run("settings.set", { accept: chosen })}
      />
      <Choice
        legend={words.linksLegend}
        value={plainLinks === undefined ? undefined : plainLinks ? "plain" : "https"}
        options={[
          { value: "https", name: words.linksHttps, help: words.linksHttpsHelp },
          { value: "plain", name: words.linksPlain, help: words.linksPlainHelp },
        ]}
        onChoose={(chosen) => void run("settings.set", { plainLinks: chosen === "plain" })}
      />
      <Choice
        legend={words.receiptsLegend}
        value={receipts}
        options={[
          { value: "none", name: words.receiptsNone },
          { value: "delivered", name: words.receiptsDelivered },
          { value: "displayed", name: words.receiptsDisplayed },
        ]}
        onChoose={(chosen) => void run("settings.set", { receipts: chosen })}
      />
      <Choice
        legend={words.heldLegend}
        value={held}
        options={[
          { value: "fetch", name: words.fetch, help: words.fetchHelp },
          { value: "reuse", name: words.reuse, help: words.reuseHelp },
        ]}
        onChoose={(chosen) => void run("settings.set", { held: chosen })}
      />
      <Choice
        legend={words.keepLegend}
        value={keepDays === null ? "always" : keepDays?.toString()}
        options={[
          { value: "always", name: words.keepAlways },
          ...[365, 90, 30].map((days) => ({ value: `${days}`, name: fill(words.keepFor, { days: `${days}` }) })),
        ]}
        onChoose={(chosen) => void run("settings.set", { keepDays: chosen === "always" ? null : Number(chosen) })}
      />
      <QuotaChoice of="quota" />
      <QuotaChoice of="accountQuota" />
      <QuotaChoice of="channelQuota" />
      <div>
        <p>{words.folder}</p>
        <p>
          <Outside className="mono" text={folder} />
        </p>
        <p className="small quiet">{words.folderHelp}</p>
      </div>
    </Section>
  );
}
