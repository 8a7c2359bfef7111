import { expect, test } from "vitest";
import { LIMITS, type TracedMessage } from "../kernel/index.ts";
import { messageText } from "./message-text.ts";

const told = (body: string | Uint8Array): string => {
  const message: TracedMessage = {
    direction: "in",
    protocol: "TCP",
    local: "",
    remote: "",
    head: Buffer.from("MESSAGE sip:b@x SIP/2.0\r\nTo: <sip:b@x>"),
    body: Buffer.from(body),
  };
  return messageText(message).slice("MESSAGE sip:b@x SIP/2.0\r\nTo: <sip:b@x>".length);
};

const PICTURE = Buffer.from([0xff, 0xd8, 0xff, 0, 1, 0x0a, 0x41, 0x42, 0x0a, 0x0d, 0x0a, 0xfe]);

test.each([
  ["text stays as it is", "grüße\r\n\tvon Anna", "\r\n\r\ngrüße\r\n\tvon Anna"],
  ["an empty body is the empty line alone", "", "\r\n\r\n"],
  ["a binary body is its size", PICTURE, "\r\n\r\n[12 octets, not text]"],
])("%s", (_, body, expected) => expect(told(body)).toBe(expected));

test("of a multipart body the textual parts stay, a picture is its size", () => {
  const head = "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b\r\nContent-Type: image/jpeg\r\n\r\n";
  const body = Buffer.concat([Buffer.from(head), PICTURE, Buffer.from("\r\n--b--\r\n")]);
  expect(told(body)).toBe(`\r\n\r\n${head}[14 octets, not text]\r\n--b--\r\n`);
});

test("traceText: a long body is cut at the limit and says what is left out", () => {
  const text = told("é".repeat(LIMITS.traceText));
  expect(text.length).toBeLessThan(LIMITS.traceText);
  expect(text).toMatch(/\[\d+ octets more\]$/);
});
