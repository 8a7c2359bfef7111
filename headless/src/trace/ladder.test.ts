import type { TraceMessage } from "@inlet/agent-core/contract";
import { expect, test } from "vitest";
import { ladder } from "./ladder.ts";
import { wholeText } from "./whole-text.ts";

const message = (id: string, more: Partial<TraceMessage>): TraceMessage => ({
  id,
  time: `2026-11-21T10:00:00.00${id}Z`,
  direction: "out",
  protocol: "UDP",
  local: "127.0.0.1:5070",
  remote: "127.0.0.1:5060",
  summary: "",
  failed: false,
  size: 0,
  text: "",
  ...more,
});

const EXCHANGE = [
  message("1", { summary: "REGISTER sip:x" }),
  message("2", { summary: "REGISTER sip:x" }),
  message("3", { summary: "403 Forbidden (REGISTER)", direction: "in", failed: true }),
  message("4", { summary: "SEND 1-5/5", direction: "in", protocol: "MSRP", remote: "127.0.0.2:40001" }),
  message("5", { summary: "200 OK", protocol: "MSRP", remote: "127.0.0.2:40002" }),
];

test("peers are columns, messages arrows; repeated ones are thin, failures crossed", () => {
  expect(ladder(EXCHANGE, new Set(["2"]))).toBe(
    [
      "              Inlet                      UDP 127.0.0.1:5060        MSRP 127.0.0.2",
      "2026-11-21      │                                 │                       │",
      "10:00:00.001    │───────── REGISTER sip:x ───────▶│                       │",
      "10:00:00.002    │╌╌╌╌╌╌╌╌╌ REGISTER sip:x ╌╌╌╌╌╌╌▶│                       │",
      "10:00:00.003    │◀── ✗ 403 Forbidden (REGISTER) ──│                       │",
      "10:00:00.004    │◀────────────────────── SEND 1-5/5 ──────────────────────│",
      "10:00:00.005    │───────────────────────── 200 OK ───────────────────────▶│",
      "",
    ].join("\n"),
  );
});

test("what a peer writes cannot move the cursor, in the ladder nor in the text", () => {
  const evil = [message("1", { summary: "INVITE \x1b[2J\u202ex", text: "INVITE \x1b[2J\r\nA:\tb\rC: \u202ed" })];
  for (const shown of [ladder(evil, new Set()), wholeText(evil, new Set())]) {
    expect(shown).toContain("�");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(shown).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  }
});

test("as text each message says when, between whom and how", () => {
  const text = "OPTIONS sip:x SIP/2.0\r\nA: b\r\n\r\n";
  expect(wholeText([message("1", { text, size: 31, account: "sip:bob@x" })], new Set(["1"]))).toBe(
    "=== 2026-11-21T10:00:00.001Z  sent  127.0.0.1:5070 → 127.0.0.1:5060  UDP  sip:bob@x  31 octets  again\n" +
      "OPTIONS sip:x SIP/2.0\nA: b\n\n",
  );
});
