import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InletError } from "../../kernel/index.ts";
import {
  equalMsrpUri,
  failureReportOf,
  formatByteRange,
  formatEndLine,
  formatHead,
  formatMsrpUri,
  formatReport,
  formatResponse,
  headerOf,
  type MsrpRequest,
  parseByteRange,
  parseHead,
  parseMsrpUri,
  parsePath,
  parseStartLine,
  parseStatus,
  successReportOf,
} from "./index.ts";

const codeOf = (fn: () => unknown): string | undefined => {
  try {
    fn();
  } catch (error) {
    if (error instanceof InletError) return error.code;
    throw error;
  }
  return undefined;
};

describe("MSRP URI", () => {
  test.each([
    ["msrp://bob.example.com:8888/9di4ea;tcp", { host: "bob.example.com", port: 8888, sessionId: "9di4ea" }],
    ["msrp://bob.example.com/a/b+c=;tcp", { port: undefined, sessionId: "a/b+c=" }],
    ["msrps://[2001:db8::1]:2855/x;TCP;p;q=1", { secure: true, host: "[2001:db8::1]", params: ["p", "q=1"] }],
    ["msrp://alice@relay.example;ws", { user: "alice", host: "relay.example", sessionId: undefined, transport: "ws" }],
  ])("%s", (text, fields) => {
    const uri = parseMsrpUri(text);
    expect(uri).toMatchObject(Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined)));
    expect(formatMsrpUri(uri)).toBe(text);
  });

  test.each([
    ...["", "msrp://", "msrp://a", "msrp://a/b", "msrp:a;tcp", "sip:a@b", "msrp://a:70000/b;tcp", "msrp://a:x/b;tcp"],
    ...["msrp://a/b ;tcp", "msrp://a/b;", "msrp://a/\u00e9;tcp", " msrp://a/b;tcp", "msrp://a/b;tcp\r\n"],
  ])("refuses %j", (text) => expect(codeOf(() => parseMsrpUri(text))).toBe("INLET_MSRP_SYNTAX"));

  test("RFC 4975 §6.1: the session-id with its case, host and scheme without; a stated port is not an omitted one", () => {
    const same = (a: string, b: string): boolean => equalMsrpUri(parseMsrpUri(a), parseMsrpUri(b));
    expect(same("msrp://A.example:1/x;tcp", "MSRP://a.EXAMPLE:1/x;TCP;p=1")).toBe(true);
    expect(same("msrp://u@a:1/x;tcp", "msrp://a:1/x;tcp")).toBe(true);
    expect(same("msrp://a:1/x;tcp", "msrp://a:1/X;tcp")).toBe(false);
    expect(same("msrp://a:2855/x;tcp", "msrp://a/x;tcp")).toBe(false);
    expect(same("msrp://a:1/x;tcp", "msrps://a:1/x;tcp")).toBe(false);
    expect(same("msrp://a:1/x;tcp", "msrp://a:1/x;ws")).toBe(false);
  });

  test("a path of several URIs, and none", () => {
    expect(parsePath("msrp://a:1/x;tcp  msrp://b:2/y;tcp")).toHaveLength(2);
    expect(codeOf(() => parsePath(""))).toBe("INLET_MSRP_SYNTAX");
  });

  test("Q1: 100 KB of adversarial URI is judged at once", () => {
    const start = performance.now();
    for (const s of ["a@", ";a", ":1", "/", "a.", "a"]) codeOf(() => parseMsrpUri(`msrp://${s.repeat(50_000)} `));
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe("Byte-Range", () => {
  test.each([
    "1-*/*",
    "1-10/10",
    "11-*/100",
    "1-0/0",
    "101-*/100",
    "101-100/100",
    "5-4/*",
    "5-5/*",
    "9007199254740991-*/*",
  ])("%s", (text) => {
    expect(formatByteRange(parseByteRange(text))).toBe(text);
  });

  test.each([
    ...["", "0-5/5", "5-3/10", "3-2/1", "1-11/10", "12-*/10", "1-5", "-5/5", "a-b/c", "1-5/5/5", "*-*/*", " 1-5/5"],
    ...["1-9999999999999999/*", "99999999999999999-*/*", "1--1/5"],
  ])("refuses %j", (text) => expect(codeOf(() => parseByteRange(text))).toBe("INLET_MSRP_RANGE"));

  test("format and parse are inverse", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), fc.option(fc.nat(1e9)), fc.option(fc.nat(1e9)), (start, e, t) => {
        const end = e === null ? {} : { end: start + e };
        const range = { start, ...end, ...(t === null ? {} : { total: start + (e ?? 0) + t }) };
        expect(parseByteRange(formatByteRange(range))).toEqual(range);
      }),
    );
  });
});

describe("heads", () => {
  const head = (start: string, block: string) => parseHead(parseStartLine(start), block, false);
  const paths = "To-Path: msrp://a:1/t;tcp\r\nFrom-Path: msrp://b:2/f;tcp";

  test("names in any case, any order, blanks around values, Content-Type not last", () => {
    const parsed = head("MSRP abcd SEND", `content-TYPE:a/b \r\n${paths}\r\nmessage-id:   m1`);
    expect(headerOf(parsed, "Content-Type")).toBe("a/b");
    expect(headerOf(parsed, "Message-ID")).toBe("m1");
    expect(headerOf(parsed, "Byte-Range")).toBeUndefined();
  });

  test("response with and without comment", () => {
    expect(head("MSRP abcd 200 OK then", paths)).toMatchObject({ status: 200, comment: "OK then" });
    expect(head("MSRP abcd 999", paths)).not.toHaveProperty("comment");
  });

  test("the fields that ask for reports", () => {
    const ask = (more: string): MsrpRequest => {
      const parsed = head("MSRP abcd SEND", `${paths}${more}`);
      if (parsed.kind !== "request") throw new Error("not a request");
      return parsed;
    };
    expect([failureReportOf(ask("")), successReportOf(ask(""))]).toEqual(["yes", false]);
    expect(failureReportOf(ask("\r\nFailure-Report: no"))).toBe("no");
    expect(failureReportOf(ask("\r\nFailure-Report: Partial"))).toBe("partial");
    expect(failureReportOf(ask("\r\nFailure-Report: perhaps"))).toBe("yes");
    expect(successReportOf(ask("\r\nSuccess-Report: yes"))).toBe(true);
  });

  test("Status of namespace 000, and others", () => {
    expect(parseStatus("000 200 OK")).toBe(200);
    expect(parseStatus("000 413")).toBe(413);
    expect(parseStatus("001 200 OK")).toBeUndefined();
    expect(parseStatus("200 OK")).toBeUndefined();
  });

  test("a response goes to the left-most URI only", () => {
    const request = {
      transactId: "abcd",
      toPath: ["msrp://me:1/t;tcp"],
      fromPath: ["msrp://r:1;tcp", "msrp://s:2/f;tcp"],
    };
    expect(formatResponse(request, 481)).toBe(
      "MSRP abcd 481 No Such Session\r\nTo-Path: msrp://r:1;tcp\r\nFrom-Path: msrp://me:1/t;tcp\r\n-------abcd$\r\n",
    );
    expect(formatResponse(request, 499)).toMatch(/^MSRP abcd 499\r\n/);
  });
});

test("the worked example, octet for octet", () => {
  const toPath = ["msrp://192.0.2.20:40010/r4nd0mRecv77;tcp"];
  const fromPath = ["msrp://192.0.2.10:40002/s3nd3rSide11;tcp"];
  const send = (transactId: string, range: string, failure: boolean): MsrpRequest => ({
    kind: "request",
    method: "SEND",
    transactId,
    toPath,
    fromPath,
    headers: [
      ["Message-ID", "fileA.0001"],
      ["Byte-Range", range],
      ["Success-Report", "yes"],
      ...(failure ? [["Failure-Report", "yes"] as const] : []),
      ["Content-Type", "text/plain"],
    ],
    hasBody: true,
  });
  const first = send("p7Qa91xZ", "1-*/11", true);
  const text = [
    `${formatHead(first)}hello\r\n${formatEndLine("p7Qa91xZ", "+")}`,
    formatResponse(first, 200),
    `${formatHead(send("kk02Lm5B", "6-11/11", false))} world\r\n${formatEndLine("kk02Lm5B", "$")}`,
    formatReport({
      transactId: "rpt0000a",
      toPath: fromPath,
      fromPath: toPath,
      messageId: "fileA.0001",
      range: { start: 1, end: 11, total: 11 },
      status: 200,
    }),
  ].join("");
  expect(text.split("\r\n")).toEqual([
    "MSRP p7Qa91xZ SEND",
    "To-Path: msrp://192.0.2.20:40010/r4nd0mRecv77;tcp",
    "From-Path: msrp://192.0.2.10:40002/s3nd3rSide11;tcp",
    "Message-ID: fileA.0001",
    "Byte-Range: 1-*/11",
    "Success-Report: yes",
    "Failure-Report: yes",
    "Content-Type: text/plain",
    "",
    "hello",
    "-------p7Qa91xZ+",
    "MSRP p7Qa91xZ 200 OK",
    "To-Path: msrp://192.0.2.10:40002/s3nd3rSide11;tcp",
    "From-Path: msrp://192.0.2.20:40010/r4nd0mRecv77;tcp",
    "-------p7Qa91xZ$",
    "MSRP kk02Lm5B SEND",
    "To-Path: msrp://192.0.2.20:40010/r4nd0mRecv77;tcp",
    "From-Path: msrp://192.0.2.10:40002/s3nd3rSide11;tcp",
    "Message-ID: fileA.0001",
    "Byte-Range: 6-11/11",
    "Success-Report: yes",
    "Content-Type: text/plain",
    "",
    " world",
    "-------kk02Lm5B$",
    "MSRP rpt0000a REPORT",
    "To-Path: msrp://192.0.2.10:40002/s3nd3rSide11;tcp",
    "From-Path: msrp://192.0.2.20:40010/r4nd0mRecv77;tcp",
    "Message-ID: fileA.0001",
    "Byte-Range: 1-11/11",
    "Status: 000 200 OK",
    "-------rpt0000a$",
    "",
  ]);
});
