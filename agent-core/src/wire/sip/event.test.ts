import { describe, expect, it } from "vitest";
import { formatEvent, parseEvent, parseRetryAfter, parseSeconds, parseSubscriptionState, sameEvent } from "./event.ts";

describe("Event", () => {
  it.each([
    ["reg", { package: "reg" }],
    [" refer ; id=93809824 ", { package: "refer", id: "93809824" }],
    ['dialog;call-id="a;b";ID=7', { package: "dialog", id: "7" }],
    ["presence.winfo", { package: "presence.winfo" }],
  ])("%s", (text, event) => {
    expect(parseEvent(text)).toEqual(event);
    expect(parseEvent(formatEvent(event))).toEqual(event);
  });

  it.each(["", ";id=1", "a b", "reg;id=1;id=2", "reg;=", 'reg;id="'])("refuses %j", (text) => {
    expect(() => parseEvent(text)).toThrow(expect.objectContaining({ code: "INLET_SIP_SYNTAX" }));
  });

  it("with an id never matches one without", () => {
    const [plain, first, second] = ["refer", "refer;id=1", "refer;id=2"].map(parseEvent);
    if (plain === undefined || first === undefined || second === undefined) throw new Error("no event");
    expect([sameEvent(plain, plain), sameEvent(plain, first), sameEvent(first, second)]).toEqual([true, false, false]);
  });
});

describe("Subscription-State", () => {
  it.each([
    ["active;expires=3600", { state: "active", expires: 3600 }],
    ["Pending", { state: "pending" }],
    ["terminated;reason=Probation;retry-after=9;x=y", { state: "terminated", reason: "probation", retryAfter: 9 }],
    ["active;expires=99999999999999", { state: "active", expires: 4294967295 }],
  ])("%s", (text, state) => expect(parseSubscriptionState(text)).toEqual(state));

  it.each([
    "",
    ";expires=1",
    "active;expires=soon",
    "active;expires=-1",
    "terminated;retry-after=",
    "a b",
    "active;expires=1;expires=2",
  ])("S21: refuses %j", (text) =>
    expect(() => parseSubscriptionState(text)).toThrow(expect.objectContaining({ code: "INLET_SIP_SYNTAX" })),
  );
});

it("seconds are digits alone; Retry-After may have a comment behind them", () => {
  expect(["60", " 0 ", "", "1.5", "-1", "1e3"].map(parseSeconds)).toEqual([
    60,
    0,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(["120", "18 (in a meeting)", "9;duration=60", "soon", "9x"].map(parseRetryAfter)).toEqual([
    120,
    18,
    9,
    undefined,
    undefined,
  ]);
});
