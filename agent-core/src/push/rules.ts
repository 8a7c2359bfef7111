/** The person's rules as they are stored: read once, changed whole, each change on disk when it returns. */
import { z } from "zod";
import { type Rule, type RuleDraft, rule } from "../contract/index.ts";
import { InletError, LIMITS, randomToken } from "../kernel/index.ts";
import type { Store } from "../store/index.ts";

const SETTING = "rules";

export class Rules {
  readonly #store: Pick<Store, "getSetting" | "setSetting">;
  #list: readonly Rule[];

  constructor(store: Pick<Store, "getSetting" | "setSetting">) {
    this.#store = store;
    const stored = z.array(rule).safeParse(store.getSetting(SETTING) ?? []);
    this.#list = stored.success ? stored.data : [];
  }

  get list(): readonly Rule[] {
    return this.#list;
  }

  /** Returns the rule's id; one that was deleted meanwhile is there again. INLET_TOO_MANY_RULES. */
  save(draft: RuleDraft, at?: number): string {
    const id = draft.id ?? randomToken(96);
    const list = withRule(this.#list, { ...draft, id }, at);
    if (list.length > LIMITS.rules) throw new InletError("INLET_TOO_MANY_RULES");
    this.#keep(list);
    return id;
  }

  /** INLET_RULE_UNKNOWN. */
  delete(id: string): void {
    const list = this.#list.filter((one) => one.id !== id);
    if (list.length === this.#list.length) throw new InletError("INLET_RULE_UNKNOWN");
    this.#keep(list);
  }

  #keep(list: readonly Rule[]): void {
    this.#store.setSetting(SETTING, list);
    this.#list = list;
  }
}

/** With the rule `at` its place: where it was, or last, when that is not said. */
export function withRule(list: readonly Rule[], changed: Rule, at?: number): readonly Rule[] {
  const was = list.findIndex(({ id }) => id === changed.id);
  const others = list.filter(({ id }) => id !== changed.id);
  const place = at ?? (was === -1 ? others.length : was);
  return others.toSpliced(Math.min(place, others.length), 0, changed);
}
