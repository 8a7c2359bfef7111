import { type RuleDraft, ruleDraft } from "@inlet/agent-core/contract";
import { expect, it } from "vitest";
import { fromForm, toForm } from "./rule-form.ts";

const whole: RuleDraft = {
  id: "r1",
  name: "Pictures of Anna",
  enabled: false,
  when: {
    senders: ["sip:anna@example.net", "@example.org"],
    vouched: true,
    channels: ["news"],
    services: ["+g.oma.iari.syncml"],
    types: ["image/*", "model/stl"],
    minSize: 1,
    maxSize: 2_500_000,
    hours: { from: "22:00", to: "07:00" },
  },
  action: "ask",
};
const bare: RuleDraft = { name: "All", enabled: true, when: {}, action: "accept" };

it.each([whole, bare])("a rule that nobody changed is the same again: $name", (rule) => {
  const again = fromForm(toForm(rule), rule);
  expect(again).toEqual(rule);
  expect(ruleDraft.safeParse(again).success).toBe(true);
});

it.each([
  ["name", { name: "  " }],
  ["types", { types: "image" }],
  ["size", { maxSize: "much" }],
  ["size", { minSize: "3", maxSize: "2" }],
  ["hours", { from: "08:00" }],
])("says which field makes no rule: %s", (fault, change) => {
  expect(fromForm({ ...toForm(bare), ...change }, bare)).toBe(fault);
});

it("takes lists as they are written", () => {
  const form = { ...toForm(bare), senders: " anna@example.net,\n\n bob@example.net ", maxSize: "1,5" };
  expect(fromForm(form, bare)).toMatchObject({
    when: { senders: ["anna@example.net", "bob@example.net"], maxSize: 1_500_000 },
  });
});
