/** One rule in its place: what it looks at, what it does, and what can be done with it. */
import type { Rule } from "@inlet/agent-core/contract";
import { ArrowDown, ArrowUp, GripVertical, Pencil, Trash2 } from "lucide-react";
import { Button } from "../look/button.tsx";
import { useLanguage } from "../state/preferences.ts";
import { fill } from "../words/fill.ts";
import { Outside } from "../words/outside.tsx";
import { displayLine } from "../words/outside-text.ts";
import { ActionTag } from "./action-tag.tsx";
import { conditionsInWords, useChannelNames } from "./rule-words.ts";

export interface RuleRowProps {
  readonly rule: Rule;
  readonly place: number;
  readonly last: boolean;
  readonly onEnable: (enabled: boolean) => void;
  readonly onMove: (to: number) => void;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
  /** By pointer: this row is taken, is passed over, or lets go. */
  readonly onDrag: (event: "start" | "over" | "drop") => void;
  readonly dropHere: boolean;
}

export function RuleRow(props: RuleRowProps) {
  const { rule, place, last, onEnable, onMove, onEdit, onDelete, onDrag, dropHere } = props;
  const language = useLanguage();
  const { w, number } = language;
  const channelName = useChannelNames();
  const name = displayLine(rule.name);
  const labelled = (template: string) => fill(template, { name });
  return (
    <li
      className="rule"
      data-enabled={rule.enabled}
      data-drop={dropHere || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        onDrag("over");
      }}
      onDrop={(event) => {
        event.preventDefault();
        onDrag("drop");
      }}
      onKeyDown={(event) => {
        if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
        event.preventDefault();
        onMove(event.key === "ArrowUp" ? place - 1 : place + 1);
      }}
    >
      <span className="rule-grip" draggable onDragStart={() => onDrag("start")} title={w.rules.drag} aria-hidden>
        <GripVertical size={16} strokeWidth={1.75} />
      </span>
      <span className="rule-place quiet small" aria-hidden>
        {number(place + 1)}
      </span>
      <div className="rule-lines">
        <p className="rule-name">
          <Outside text={rule.name} />
          <ActionTag action={rule.action} />
          {!rule.enabled && <span className="tag">{w.rules.off}</span>}
        </p>
        <p className="small quiet">{conditionsInWords(rule.when, language, channelName).join(" · ")}</p>
      </div>
      <div className="rule-actions">
        <input
          className="tick"
          type="checkbox"
          checked={rule.enabled}
          aria-label={labelled(w.rules.enableNamed)}
          title={w.rules.enabled}
          onChange={(event) => onEnable(event.target.checked)}
        />
        <Button
          look="quiet"
          small
          icon={ArrowUp}
          label={labelled(w.rules.upNamed)}
          unavailable={place === 0}
          onPress={() => onMove(place - 1)}
        />
        <Button
          look="quiet"
          small
          icon={ArrowDown}
          label={labelled(w.rules.downNamed)}
          unavailable={last}
          onPress={() => onMove(place + 1)}
        />
        <Button look="quiet" small icon={Pencil} label={labelled(w.rules.editNamed)} onPress={onEdit} />
        <Button look="quiet" small icon={Trash2} label={labelled(w.rules.deleteNamed)} onPress={onDelete} />
      </div>
    </li>
  );
}
