/** One rule being written: its conditions, what it does, and what it would have done so far. */
import type { CommandResult, RuleDraft } from "@inlet/agent-core/contract";
import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { Button } from "../look/button.tsx";
import { Choice } from "../settings/choice.tsx";
import { useCommand } from "../state/commands.ts";
import { say } from "../state/notices.ts";
import { useLanguage } from "../state/preferences.ts";
import { writeRule } from "../state/rule-draft.ts";
import { Rehearsal } from "./rehearsal.tsx";
import { RuleConditions } from "./rule-conditions.tsx";
import { type FormFault, fromForm, type RuleForm, toForm } from "./rule-form.ts";

export function RuleEditor({ draft }: { readonly draft: RuleDraft }) {
  const { w } = useLanguage();
  const words = w.rules;
  const run = useCommand();
  const [form, setForm] = useState<RuleForm>(() => toForm(draft));
  const [fault, setFault] = useState<FormFault>();
  const [rehearsed, setRehearsed] = useState<CommandResult<"rules.rehearse">>();
  const nameId = useId();
  const name = useRef<HTMLInputElement>(null);
  useEffect(() => name.current?.focus(), []);

  const change = (part: Partial<RuleForm>) => {
    setForm({ ...form, ...part });
    setFault(undefined);
    // What was shown is not what this rule would do.
    setRehearsed(undefined);
  };
  const read = (): RuleDraft | undefined => {
    const rule = fromForm(form, draft);
    if (typeof rule !== "string") return rule;
    setFault(rule);
    if (rule === "name") name.current?.focus();
    return undefined;
  };
  // A new one comes first, or the rules before it would keep it from what it was written for.
  const at = draft.id === undefined ? { at: 0 } : {};
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const rule = read();
    if (rule === undefined || (await run("rules.save", { rule, ...at })) === undefined) return;
    writeRule(undefined);
    say(words.saved);
  };
  const rehearse = async () => {
    const rule = read();
    if (rule !== undefined) setRehearsed(await run("rules.rehearse", { rule, ...at }));
  };

  return (
    <form className="rule-editor" onSubmit={(event) => void save(event)} noValidate>
      <h1>{draft.id === undefined ? words.addTitle : words.editTitle}</h1>
      <div className="rule-field">
        <label htmlFor={nameId}>{words.name}</label>
        <input
          id={nameId}
          ref={name}
          className="field"
          value={form.name}
          maxLength={80}
          aria-invalid={fault === "name" || undefined}
          onChange={(event) => change({ name: event.target.value })}
        />
      </div>
      <Choice
        legend={words.action}
        value={form.action}
        options={[
          { value: "accept", name: words.does.accept },
          { value: "reject", name: words.does.reject },
          { value: "ask", name: words.does.ask },
        ]}
        onChoose={(action) => change({ action })}
      />
      <RuleConditions form={form} fault={fault} onChange={change} />
      <p className="tone-bad" role="alert">
        {fault !== undefined && words.faults[fault]}
      </p>
      <div className="offer-actions">
        <button type="submit" className="button button-primary">
          {words.save}
        </button>
        <Button onPress={() => void rehearse()}>{words.rehearse}</Button>
        <Button look="quiet" onPress={() => writeRule(undefined)}>
          {words.cancel}
        </Button>
      </div>
      <div aria-live="polite">{rehearsed !== undefined && <Rehearsal of={rehearsed} action={form.action} />}</div>
    </form>
  );
}
