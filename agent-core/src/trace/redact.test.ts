/** Attack R11: a trace that is exported must not help to find a password. */
import { describe, expect, test } from "vitest";
import { redact } from "./redact.ts";

const value = (line: string): string =>
  redact(`REGISTER sip:x SIP/2.0\r\n${line}\r\nTo: <sip:b@x>`).split("\r\n").slice(1, -1).join("\r\n");

describe("R11: credentials never enter the trace", () => {
  test("of a digest only what says nothing about the password stays", () => {
    const line =
      'Authorization: Digest username="bob", realm="a, b=\\"c", nonce="n0nce", uri="sip:x", response="5ecre7", cnonce="cn", qop=auth, nc=00000001, algorithm=SHA-256';
    expect(value(line)).toBe(
      'Authorization: Digest username="bob", realm="a, b=\\"c", nonce=[redacted], uri="sip:x", response=[redacted], cnonce=[redacted], qop=auth, nc=00000001, algorithm=SHA-256',
    );
  });

  test.each([
    ['proxy-authorization : digest username="b",\r\n response="5ecre7"', "folded, lower case, blank before the colon"],
    ["Authorization: Digest response=5ecre7", "without quotes"],
    ['Authorization: Digest response="5ecre7', "a quote that never ends"],
    ['Authorization: Digest ??? response="5ecre7"', "no list of parameters"],
    ["Authorization: Basic Ym9iOjVlY3JlNw==5ecre7", "another scheme goes whole"],
    ["Authorization: Bearer 5ecre7", "a token goes whole"],
    ["Authorization: 5ecre7", "no scheme at all"],
    ['WWW-Authenticate: Digest realm="r", nonce="5ecre7"', "the nonce of a challenge"],
    ['Proxy-Authenticate: Digest nonce="5ecre7"', "the nonce of a proxy"],
    ['Authentication-Info: rspauth="5ecre7", nextnonce="5ecre7"', "the server's own proof"],
    ['Proxy-Authentication-Info: rspauth="5ecre7"', "the proxy's own proof"],
    ['Authorization: Digest auts="5ecre7", x-new="5ecre7"', "a parameter nobody knows yet"],
    [
      "Content-Type: a/b\r\n\r\nv=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:5ecre7\r\nk=clear:5ecre7",
      "keys of media",
    ],
    ['X: y\r\n\r\nGET\nAuthorization: Digest response="5ecre7"', "a header inside a body, sloppy line ends"],
  ])("%j is kept without its secret: %s", (line) => {
    expect(redact(`OPTIONS sip:x SIP/2.0\r\n${line}\r\n`)).not.toMatch(/5ecre7/);
  });
});

test("what has no credentials stays as it is, octet for octet", () => {
  const text = "MESSAGE sip:b@x SIP/2.0\r\nCall-ID: authorless\r\n\r\nthe author's key=5";
  expect(redact(text)).toBe(text);
});

test("a hostile header of 64 KB costs milliseconds, not minutes", () => {
  const start = performance.now();
  for (const piece of ['"', "\\", ",", "a=", '="\\"', "\r\n "])
    redact(`\nAuthorization: Digest ${piece.repeat(32_768)}`);
  expect(performance.now() - start).toBeLessThan(1000);
});
