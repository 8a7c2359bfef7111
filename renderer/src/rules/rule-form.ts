/** A rule as it stands in the fields of its form, and back. */
import type { RuleAction, RuleConditions, RuleDraft } from "@inlet/agent-core/contract";

export const KINDS = ["image/*", "text/*", "audio/*", "video/*", "application/pdf", "application/zip"] as const;
export type Kind = (typeof KINDS)[number];
const isKind = (type: string): type is Kind => KINDS.some((kind) => kind === type);

export interface RuleForm {
  readonly name: string;
  readonly action: RuleAction;
  /** One a line, or with commas between them. */
  readonly senders: string;
  readonly vouched: boolean;
  readonly channels: readonly string[];
  readonly services: string;
  readonly kinds: readonly Kind[];
  readonly types: string;
  /** In MB (10^6 octets), as typed. */
  readonly minSize: string;
  readonly maxSize: string;
  readonly from: string;
  readonly to: string;
}

export type FormFault = "name" | "types" | "size" | "hours";

const MB = 1_000_000;
const TYPE = /^[\w!#$&^.+-]{1,100}\/(?:\*|[\w!#$&^.+-]{1,100})$/;
const split = (text: string): string[] =>
  text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
const inMb = (octets: number | undefined): string => (octets === undefined ? "" : String(octets / MB));

export function toForm({ name, action, when }: RuleDraft): RuleForm {
  const types = when.types ?? [];
  return {
    name,
    action,
    senders: (when.senders ?? []).join("\n"),
    vouched: when.vouched === true,
    channels: when.channels ?? [],
    services: (when.services ?? []).join("\n"),
    kinds: types.filter(isKind),
    types: types.filter((type) => !isKind(type)).join(", "),
    minSize: inMb(when.minSize),
    maxSize: inMb(when.maxSize),
    from: when.hours?.from ?? "",
    to: when.hours?.to ?? "",
  };
}

/** Octets; `undefined` for nothing typed, `NaN` for no number. */
function octets(text: string): number | undefined {
  const typed = text.trim().replace(",", ".");
  if (typed === "") return undefined;
  return /^\d{1,9}(?:\.\d{1,6})?$/.test(typed) ? Math.round(Number(typed) * MB) : Number.NaN;
}

/** The rule, or the first field that makes none. `id` and `enabled` are the draft's. */
export function fromForm(form: RuleForm, draft: RuleDraft): RuleDraft | FormFault {
  const name = form.name.trim();
  const types = [...form.kinds, ...split(form.types)];
  const minSize = octets(form.minSize);
  const maxSize = octets(form.maxSize);
  const [senders, services] = [split(form.senders), split(form.services)];
  if (name === "" || name.length > 80) return "name";
  if (!types.every((type) => TYPE.test(type))) return "types";
  if (Number.isNaN(minSize ?? 0) || Number.isNaN(maxSize ?? 0) || (minSize ?? 0) > (maxSize ?? Infinity)) return "size";
  if ((form.from === "") !== (form.to === "")) return "hours";
  const when: RuleConditions = {
    ...(senders.length > 0 && { senders }),
    ...(form.vouched && { vouched: true as const }),
    ...(form.channels.length > 0 && { channels: [...form.channels] }),
    ...(services.length > 0 && { services }),
    ...(types.length > 0 && { types }),
    ...(minSize !== undefined && { minSize }),
    ...(maxSize !== undefined && { maxSize }),
    ...(form.from !== "" && { hours: { from: form.from, to: form.to } }),
  };
  return { ...(draft.id !== undefined && { id: draft.id }), name, enabled: draft.enabled, when, action: form.action };
}
