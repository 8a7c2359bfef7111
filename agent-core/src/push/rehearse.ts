/** What a rule would have done with what was offered before, purely: the history is handed in, newest first. */
import type { AcceptMode, CommandResult, OfferRecord, Rule } from "../contract/index.ts";
import { LIMITS } from "../kernel/index.ts";
import { concerns, minuteOfDay, type RuleSubject, ruleOn } from "./rule.ts";

type Rehearsal = CommandResult<"rules.rehearse">;

/** `rules` hold the rule already, at its place and enabled. `history` is read until `since`. */
export function rehearse(
  rule: Rule,
  rules: readonly Rule[],
  otherwise: AcceptMode,
  history: Iterable<OfferRecord>,
  since: string,
): Rehearsal {
  let looked = 0;
  let offers = 0;
  let fits = 0;
  let decides = 0;
  let octets = 0;
  const files: Rehearsal["files"] = [];
  for (const record of history) {
    if (record.receivedAt < since || ++offers > LIMITS.rehearsalOffers) break;
    for (const file of record.files) {
      looked++;
      const subject = subjectOf(record, file);
      if (!concerns(rule, subject)) continue;
      fits++;
      const ruling = ruleOn(subject, rules, otherwise);
      if (ruling.rule?.id === rule.id) {
        decides++;
        octets += file.size ?? 0;
      }
      if (files.length === LIMITS.rehearsalFiles) continue;
      const { index, name, type, size, outcome } = file;
      files.push({
        ...{ index, name, outcome, offer: record.id, from: record.from, receivedAt: record.receivedAt },
        ...(type !== undefined && { type }),
        ...(size !== undefined && { size }),
        ...(record.channel !== undefined && { channel: record.channel }),
        action: ruling.action,
        ...(ruling.rule !== undefined && ruling.rule.id !== rule.id && { rule: ruling.rule }),
      });
    }
  }
  return { looked, since, fits, decides, octets, files };
}

function subjectOf(record: OfferRecord, file: OfferRecord["files"][number]): RuleSubject {
  const { from, channel, service, application, receivedAt } = record;
  const minute = minuteOfDay(Date.parse(receivedAt));
  return { from, channel, service, application, minute, type: file.type, size: file.size };
}
