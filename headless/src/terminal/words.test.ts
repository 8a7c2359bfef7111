import { expect, test } from "vitest";
import { plain } from "./plain.ts";
import {
  errorLine,
  itemLines,
  offerEndedLine,
  offerLines,
  progressLine,
  registrationLine,
  size,
  who,
} from "./words.ts";

test.each([
  ["\u001b]0;title\u0007", "\ufffd]0;title\ufffd"],
  ["a\u001b[2Jb", "a\ufffd[2Jb"],
  ["line\r\nforged", "line\ufffd\ufffdforged"],
  ["photo\u202egpj.exe", "photo\ufffdgpj.exe"],
  ["\u009b31m", "\ufffd31m"],
  ["\u2066x\u2069\u200f", "\ufffdx\ufffd\ufffd"],
  ["Grüße 你好 👋", "Grüße 你好 👋"],
])("%j is shown as %j", (text, shown) => expect(plain(text)).toBe(shown));

test("long text is cut and says so", () => expect(plain("x".repeat(300), 10)).toBe("xxxxxxxxx…"));

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [999, "999 bytes"],
  [1000, "1.0 KB"],
  [4_092_000, "4.1 MB"],
  [999_960, "1.0 MB"],
  [undefined, "size unknown"],
])("%s octets are %s", (octets, text) => expect(size(octets)).toBe(text));

test("a vouched-for address stands in for the one that is claimed", () => {
  expect(who({ uri: "sip:admin@x", name: "Administrator", asserted: "sip:eve@y" })).toBe("Administrator (sip:eve@y)");
  expect(who({ uri: "sip:a@x" })).toBe("sip:a@x");
});

test("lines for a person", () => {
  expect(registrationLine({ event: "registration", account: "sip:bob@x", state: "registered" })).toBe(
    "Registered as sip:bob@x",
  );
  expect(
    registrationLine({
      event: "registration",
      account: "sip:bob@x",
      state: "rejected",
      reason: { code: "INLET_AUTH_REJECTED", text: "Wrong." },
    }),
  ).toBe("Refused by the server: sip:bob@x: Wrong");
  expect(
    offerLines({
      event: "offer",
      id: "o",
      account: "sip:bob@x",
      from: { uri: "sip:anna@x", name: "Anna" },
      files: [
        { index: 0, name: "a.jpg", type: "image/jpeg", size: 2000, hashes: {}, url: "https://x/a.jpg" },
        { index: 1, name: "b\u001b.bin", hashes: {}, alreadyHave: "i", received: 1000, free: 3000 },
      ],
      receivedAt: "2026-01-01T00:00:00Z",
      expiresAt: "2026-01-01T00:03:00Z",
    }),
  ).toEqual([
    "Anna (sip:anna@x) offers 2 files:",
    "  0  a.jpg  image/jpeg, 2.0 KB, would be fetched from https://x/a.jpg",
    "  1  b\ufffd.bin  type unknown, size unknown, you already have this, 1.0 KB of it are here, only 3.0 KB are free on the disk",
  ]);
  const item = {
    event: "item",
    id: "i",
    account: "sip:bob@x",
    from: { uri: "sip:anna@x" },
    size: 5,
    type: "text/plain",
  } as const;
  expect(
    itemLines({ ...item, kind: "message", name: "hello", text: "hello\r\nReceived x\u001b\n", verified: "unstated" }),
  ).toEqual(["Message from sip:anna@x:", "  | hello", "  | Received x\ufffd"]);
  expect(itemLines({ ...item, kind: "file", name: "a.txt", path: "/in/a.txt", verified: "yes" })).toEqual([
    "Received a.txt (5 bytes, verified): /in/a.txt",
  ]);
  expect(offerEndedLine({ event: "offerEnded", id: "o", outcome: "completed" })).toBe(
    "Everything that was accepted was received.",
  );
  expect(progressLine("a.jpg", { event: "transfer", offer: "o", index: 0, received: 500, size: 1000 })).toBe(
    "Receiving a.jpg: 50 %, 500 bytes",
  );
  expect(errorLine({ event: "error", code: "INLET_DISK_FULL", text: "Full." })).toBe("Full. [INLET_DISK_FULL]");
});

test("an offered file without a name is spoken of all the same", () => {
  const files = [{ index: 0, name: "", hashes: {} }];
  const times = { receivedAt: "2026-01-01T00:00:00Z", expiresAt: "2026-01-01T00:03:00Z" };
  const [, line] = offerLines({
    event: "offer",
    id: "o",
    account: "sip:b@x",
    from: { uri: "sip:a@x" },
    files,
    ...times,
  });
  expect(line).toMatch(/^ {2}0 {2}\(name not stated\) {2}type unknown/);
});
