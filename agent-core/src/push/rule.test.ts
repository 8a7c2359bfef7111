import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Rule, RuleConditions } from "../contract/index.ts";
import { type RuleSubject, ruleOn } from "./rule.ts";
import { withRule } from "./rules.ts";

const rule = (id: string, when: RuleConditions, more: Partial<Rule> = {}): Rule => {
  return { id, name: `rule ${id}`, enabled: true, when, action: "accept", ...more };
};
const anna = { uri: "sip:anna@example.net", asserted: "sip:anna@example.net" };
const file: RuleSubject = { from: anna, type: "image/png", size: 1000, minute: 600 };
const taken = (when: RuleConditions, subject: Partial<RuleSubject> = {}): boolean =>
  ruleOn({ ...file, ...subject }, [rule("a", when)], "ask").action === "accept";

describe("what a rule fits", () => {
  it.each<[string, RuleConditions, Partial<RuleSubject>, boolean]>([
    ["nothing asked fits everything", {}, {}, true],
    ["the sender's address", { senders: ["sip:anna@example.net"] }, {}, true],
    ["without its scheme", { senders: ["anna@example.net"] }, {}, true],
    ["parameters, port and the host's letters do not count", { senders: ["sips:anna@EXAMPLE.net:5061;x=1"] }, {}, true],
    ["the user's letters do", { senders: ["sip:Anna@example.net"] }, {}, false],
    ["another's", { senders: ["sip:bob@example.net"] }, {}, false],
    ["one of several", { senders: ["sip:bob@example.net", "sip:anna@example.net"] }, {}, true],
    ["a whole domain", { senders: ["@example.net"] }, {}, true],
    ["a domain whose name ends so is another", { senders: ["@ample.net"] }, {}, false],
    [
      "a user that looks like a domain",
      { senders: ["@example.net"] },
      { from: { uri: "sip:a%40example.net@x.org" } },
      false,
    ],
    ["a telephone number", { senders: ["tel:+1-555-0100"] }, { from: { uri: "tel:+15550100;phone-context=x" } }, true],
    [
      "the address vouched for",
      { senders: ["sip:x@y.org"] },
      { from: { uri: "sip:a@b.c", asserted: "sip:x@y.org" } },
      true,
    ],
    ["nobody vouches", { vouched: true }, { from: { uri: "sip:anna@example.net" } }, false],
    ["somebody vouches", { vouched: true }, {}, true],
    [
      "an address that is only written does not count where it must be vouched for",
      { vouched: true, senders: ["sip:anna@example.net"] },
      { from: { uri: "sip:anna@example.net", asserted: "sip:eve@example.net" } },
      false,
    ],
    ["what is no address at all", { senders: ["anna@exa mple"] }, {}, false],
    ["the channel", { channels: ["news"] }, { channel: "news" }, true],
    ["another channel", { channels: ["news"] }, { channel: "sport" }, false],
    ["no channel", { channels: ["news"] }, {}, false],
    ["the service", { services: ["+g.oma.lcsi.sip-push"] }, { service: "+g.oma.lcsi.SIP-push" }, true],
    ["the application", { services: ["mms.ua"] }, { application: "mms.ua" }, true],
    ["neither", { services: ["mms.ua"] }, { service: "x", application: "y" }, false],
    ["the type", { types: ["image/PNG"] }, {}, true],
    ["with parameters", { types: ["image/png"] }, { type: "Image/PNG; q=1" }, true],
    ["all of its kind", { types: ["image/*"] }, {}, true],
    ["another kind", { types: ["text/*"] }, {}, false],
    ["a kind whose name begins so", { types: ["image/*"] }, { type: "imagery/png" }, false],
    ["no type stated", { types: ["image/*"] }, { type: undefined }, false],
    ["at most so large", { maxSize: 1000 }, {}, true],
    ["larger", { maxSize: 999 }, {}, false],
    ["at least so large", { minSize: 1000 }, {}, true],
    ["smaller", { minSize: 1001 }, {}, false],
    ["no size stated", { maxSize: 1000 }, { size: undefined }, false],
    ["within the hours", { hours: { from: "10:00", to: "10:01" } }, {}, true],
    ["the end is not within", { hours: { from: "09:00", to: "10:00" } }, {}, false],
    ["before midnight", { hours: { from: "22:00", to: "07:00" } }, { minute: 23 * 60 }, true],
    ["after midnight", { hours: { from: "22:00", to: "07:00" } }, { minute: 60 }, true],
    ["by day", { hours: { from: "22:00", to: "07:00" } }, {}, false],
    ["the whole day", { hours: { from: "08:00", to: "08:00" } }, {}, true],
    ["all must hold", { types: ["image/*"], maxSize: 10 }, {}, false],
  ])("%s", (_, when, subject, fits) => {
    expect(taken(when, subject)).toBe(fits);
  });
});

describe("which rule decides", () => {
  const all = rule("all", {});
  it("the first that is enabled and fits; then the setting", () => {
    const rules = [
      rule("off", {}, { enabled: false, action: "reject" }),
      rule("no", { types: ["text/*"] }),
      rule("yes", { types: ["image/*"] }, { action: "ask" }),
      all,
    ];
    expect(ruleOn(file, rules, "none")).toEqual({ action: "ask", by: "rule", rule: { id: "yes", name: "rule yes" } });
    expect(ruleOn(file, rules.slice(0, 2), "none")).toEqual({ action: "reject", by: "setting" });
    expect(ruleOn(file, [], "all")).toEqual({ action: "accept", by: "setting" });
    expect(ruleOn(file, [], "ask")).toEqual({ action: "ask", by: "setting" });
  });

  it("S1-4: configuration is taken only by a rule that names its sender, vouched for; nothing else lets it in", () => {
    const config = { ...file, type: "application/vnd.syncml.dm+wbxml" };
    const named = rule("named", { senders: ["sip:anna@example.net"], vouched: true });
    expect(ruleOn(config, [], "all")).toEqual({ action: "reject", by: "trust" });
    expect(ruleOn(config, [all, rule("b", { senders: ["@example.net"] })], "all").by).toBe("trust");
    expect(ruleOn(config, [all, named], "ask").rule?.id).toBe("named");
    const forged = { ...config, from: { uri: "sip:anna@example.net" } };
    expect(ruleOn(forged, [named], "all")).toEqual({ action: "reject", by: "trust" });
    expect(ruleOn(config, [rule("never", {}, { action: "reject" }), named], "all").rule?.id).toBe("never");
  });

  it("rules put anywhere stay each once, the others in their order", () => {
    const ids = ["a", "b", "c"];
    fc.assert(
      fc.property(fc.constantFrom("a", "b", "c", "new"), fc.option(fc.nat(5), { nil: undefined }), (id, at) => {
        const list = ids.map((one) => rule(one, {}));
        const after = withRule(list, rule(id, {}, { name: "changed" }), at).map((one) => one.id);
        expect(new Set(after)).toEqual(new Set([...ids, id]));
        expect(after.filter((one) => one !== id)).toEqual(ids.filter((one) => one !== id));
        if (at !== undefined) expect(after.indexOf(id)).toBe(Math.min(at, after.length - 1));
        else if (id !== "new") expect(after).toEqual(ids);
        else expect(after.at(-1)).toBe("new");
      }),
    );
  });
});
