import { expect, test } from "vitest";
import { summarize } from "./summary.ts";

test.each([
  ["INVITE sip:b@x SIP/2.0\r\nCall-ID: c1\r\n\r\n", "INVITE sip:b@x", false],
  ["SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\ni: c1\r\n\r\n", "200 OK (INVITE)", false],
  ["SIP/2.0 401 Unauthorized\r\nCSeq: 1 REGISTER\r\nCall-ID: c1\r\n\r\n", "401 Unauthorized (REGISTER)", false],
  ["SIP/2.0 486 Busy Here\r\nCSeq: 1 INVITE\r\nCall-ID:c1\r\n\r\n", "486 Busy Here (INVITE)", true],
])("%j is %s", (text, summary, failed) => {
  expect(summarize(text)).toEqual({ summary, failed, callId: "c1" });
});

test.each([
  ["MSRP abcd SEND\r\nByte-Range: 1-5/9\r\n-------abcd+", "SEND 1-5/9", false],
  ["MSRP abcd SEND\r\nByte-Range: 1-*/9\r\n-------abcd#", "SEND 1-*/9 (interrupted)", true],
  ["MSRP abcd 200 OK\r\n-------abcd$", "200 OK", false],
  ["MSRP abcd 413 Stop Sending\r\n-------abcd$", "413 Stop Sending", true],
  ["MSRP abcd REPORT\r\nByte-Range: 1-9/9\r\nStatus: 000 200 OK\r\n", "REPORT 1-9/9 (000 200 OK)", false],
  ["", "", false],
  ["\r\nnonsense", "", false],
])("%j is %s", (text, summary, failed) => {
  expect(summarize(text)).toEqual({ summary, failed });
});

test("what nobody could read is a failure, and its line is cut", () => {
  expect(summarize("x".repeat(70_000), true)).toEqual({ summary: "x".repeat(160), failed: true });
});
