import type { SipResponse } from "@inlet/agent-core/wire/sip";
import { describe, expect, it } from "vitest";
import { refusal } from "./send-result.ts";

const answer = (status: number, reasonPhrase: string, ...headers: [string, string][]): SipResponse => ({
  kind: "response",
  status,
  reasonPhrase,
  headers: [["via", "SIP/2.0/TCP h;branch=z9hG4bK1"], ...headers].map(([name = "", value = ""]) => ({ name, value })),
  body: new Uint8Array(0),
});

describe("what an answer says to who sends", () => {
  it.each([
    [
      "where else",
      answer(302, "Moved", ["contact", "<sip:bob@home.example>"]),
      "INLET_SEND_MOVED",
      "302 Moved; <sip:bob@home.example>",
    ],
    [
      "when again",
      answer(503, "Busy", ["retry-after", "120 (maintenance);duration=60"]),
      "INLET_SEND_UNAVAILABLE",
      "503 Busy; again in 120 s",
    ],
    [
      "nothing of a time without end",
      answer(503, "Busy", ["retry-after", "9".repeat(20)]),
      "INLET_SEND_UNAVAILABLE",
      "503 Busy",
    ],
    ["why", answer(488, "No", ["warning", '304 h "No such media"']), "INLET_SEND_REJECTED", "488 No; No such media"],
    ["that it did not understand", answer(491, "Pending"), "INLET_SEND_FAILED", "491 Pending"],
  ])("%s", (_, response, code, words) => {
    const { reason } = refusal(response);
    expect(reason.code).toBe(code);
    expect(reason.text).toContain(`(${words})`);
  });
});
