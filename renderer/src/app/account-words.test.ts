import { registrationState } from "@inlet/agent-core/contract";
import { expect, it } from "vitest";
import { makeLanguage } from "../words/language.ts";
import { accountTone, accountWords } from "./account-words.ts";

const english = makeLanguage("en");
const account = (state: (typeof registrationState.options)[number], retryAt?: string) => ({
  id: "sip:bob@example.net",
  registrar: "sip:example.net",
  state,
  ...(retryAt === undefined ? {} : { retryAt }),
});
const now = Date.parse("2026-11-21T12:00:00Z");

it.each(registrationState.options)("%s has words and a tone", (state) => {
  expect(accountWords(account(state), english, now)).not.toBe("");
  expect(accountTone(account(state))).toBeDefined();
});

it("counts down to the next attempt, and never below it", () => {
  const lost = account("lost", "2026-11-21T12:00:12Z");
  expect(accountWords(lost, english, now)).toBe("Reconnecting in 12 sec");
  expect(accountWords(lost, english, now + 12_000)).toBe("Reconnecting…");
  expect(accountWords(lost, english, now + 60_000)).toBe("Reconnecting…");
});
