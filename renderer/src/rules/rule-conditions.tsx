/** What a rule looks at: whatever is left empty does not matter. */
import { useId } from "react";
import { useLanguage } from "../state/preferences.ts";
import { useChannels } from "../state/selectors.ts";
import { displayLine } from "../words/outside-text.ts";
import { type FormFault, KINDS, type RuleForm } from "./rule-form.ts";

export interface RuleConditionsProps {
  readonly form: RuleForm;
  readonly fault: FormFault | undefined;
  readonly onChange: (change: Partial<RuleForm>) => void;
}

const toggled = <T,>(list: readonly T[], member: T, on: boolean): readonly T[] =>
  on ? [...list, member] : list.filter((one) => one !== member);

export function RuleConditions({ form, fault, onChange }: RuleConditionsProps) {
  const { w } = useLanguage();
  const words = w.rules;
  const id = useId();
  const channels = useChannels();
  // A channel that is gone stays ticked until somebody unticks it.
  const ids = [...new Set([...channels.map((channel) => channel.id), ...form.channels])];
  const nameOf = (channel: string) => channels.find((one) => one.id === channel)?.name ?? channel;

  const tick = (label: string, checked: boolean, onTick: (on: boolean) => void) => (
    <label key={label} className="rule-tick">
      <input className="tick" type="checkbox" checked={checked} onChange={(event) => onTick(event.target.checked)} />
      <bdi>{displayLine(label)}</bdi>
    </label>
  );
  const text = (name: "types" | "minSize" | "maxSize" | "from" | "to", label: string, type = "text") => (
    <div className="rule-field">
      <label htmlFor={`${id}-${name}`}>{label}</label>
      <input
        id={`${id}-${name}`}
        className="field"
        type={type}
        inputMode={name === "minSize" || name === "maxSize" ? "decimal" : undefined}
        value={form[name]}
        onChange={(event) => onChange({ [name]: event.target.value })}
      />
    </div>
  );
  const lines = (name: "senders" | "services", label: string, help: string) => (
    <div className="rule-field">
      <label htmlFor={`${id}-${name}`}>{label}</label>
      <textarea
        id={`${id}-${name}`}
        className="field"
        rows={Math.min(6, Math.max(2, form[name].split("\n").length))}
        value={form[name]}
        aria-describedby={`${id}-${name}-help`}
        spellCheck={false}
        onChange={(event) => onChange({ [name]: event.target.value })}
      />
      <p id={`${id}-${name}-help`} className="small quiet">
        {help}
      </p>
    </div>
  );

  return (
    <>
      <p className="quiet">{words.whenHelp}</p>
      {lines("senders", words.senders, words.sendersHelp)}
      {tick(words.vouched, form.vouched, (vouched) => onChange({ vouched }))}
      {ids.length > 0 && (
        <fieldset className="rule-group">
          <legend>{words.channels}</legend>
          {ids.map((channel) =>
            tick(nameOf(channel), form.channels.includes(channel), (on) =>
              onChange({ channels: toggled(form.channels, channel, on) }),
            ),
          )}
        </fieldset>
      )}
      <fieldset className="rule-group">
        <legend>{words.types}</legend>
        {KINDS.map((kind) =>
          tick(words.kinds[kind], form.kinds.includes(kind), (on) =>
            onChange({ kinds: toggled(form.kinds, kind, on) }),
          ),
        )}
      </fieldset>
      {text("types", words.otherTypes)}
      <div className="rule-pair" data-fault={fault === "size" || undefined}>
        {text("minSize", words.minSize)}
        {text("maxSize", words.maxSize)}
      </div>
      <div className="rule-pair" data-fault={fault === "hours" || undefined}>
        {text("from", words.from, "time")}
        {text("to", words.to, "time")}
      </div>
      {lines("services", words.services, words.servicesHelp)}
    </>
  );
}
