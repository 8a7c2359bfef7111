/** The rules in their order, which can be changed by buttons, by Alt with the arrows, and by the pointer. */
import type { Rule } from "@inlet/agent-core/contract";
import { ListChecks } from "lucide-react";
import { useState } from "react";
import { Button } from "../look/button.tsx";
import { Empty } from "../look/empty.tsx";
import { useAgent } from "../state/agent-store.ts";
import { useCommand } from "../state/commands.ts";
import { notify, say } from "../state/notices.ts";
import { useLanguage } from "../state/preferences.ts";
import { emptyRule, writeRule } from "../state/rule-draft.ts";
import { fill } from "../words/fill.ts";
import { displayLine } from "../words/outside-text.ts";
import { RuleRow } from "./rule-row.tsx";

const NONE: readonly Rule[] = [];

export function RuleList() {
  const { w, number } = useLanguage();
  const rules = useAgent(({ agent }) => agent?.rules) ?? NONE;
  const run = useCommand();
  const [dragged, setDragged] = useState<number>();
  const [over, setOver] = useState<number>();

  const move = async (rule: Rule | undefined, to: number) => {
    if (rule === undefined || to < 0 || to >= rules.length) return;
    if ((await run("rules.save", { rule, at: to })) === undefined) return;
    say(fill(w.rules.moved, { name: displayLine(rule.name), place: number(to + 1), total: number(rules.length) }));
  };
  const remove = async (rule: Rule, place: number) => {
    if ((await run("rules.delete", { id: rule.id })) === undefined) return;
    const action = { label: w.item.undo, run: () => void run("rules.save", { rule, at: place }) };
    notify({ tone: "info", text: fill(w.rules.deleted, { name: displayLine(rule.name) }), action });
  };
  const drag = (event: "start" | "over" | "drop", place: number) => {
    if (event === "start") setDragged(place);
    else if (event === "over") setOver(place);
    else {
      if (dragged !== undefined && dragged !== place) void move(rules[dragged], place);
      setDragged(undefined);
      setOver(undefined);
    }
  };

  if (rules.length === 0)
    return (
      <Empty icon={ListChecks} title={w.rules.emptyTitle} text={w.rules.emptyText}>
        <Button look="primary" onPress={() => writeRule(emptyRule())}>
          {w.rules.add}
        </Button>
      </Empty>
    );
  return (
    <>
      <ol className="rules" aria-label={w.rules.title}>
        {rules.map((rule, place) => (
          <RuleRow
            key={rule.id}
            rule={rule}
            place={place}
            last={place === rules.length - 1}
            onEnable={(enabled) => void run("rules.save", { rule: { ...rule, enabled } })}
            onMove={(to) => void move(rule, to)}
            onEdit={() => writeRule(rule)}
            onDelete={() => void remove(rule, place)}
            onDrag={(event) => drag(event, place)}
            dropHere={dragged !== undefined && dragged !== place && over === place}
          />
        ))}
      </ol>
      <div>
        <Button onPress={() => writeRule(emptyRule())}>{w.rules.add}</Button>
      </div>
    </>
  );
}
