import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InletError } from "../../kernel/index.ts";
import {
  acceptsType,
  contentType,
  dispositionFileName,
  formatContentDisposition,
  formatContentType,
  formatQuotedContentType,
  parseContentDisposition,
  parseContentType,
} from "./index.ts";

const token = fc.stringMatching(/^[a-z0-9!#$%&+.^_`|~-]{1,10}$/);
const value = fc
  .string({ unit: "grapheme" })
  .filter((text) => parseContentType(`a/b;c="${text.replace(/["\\]/g, "\\$&")}"`) !== undefined);

describe("media types", () => {
  it.each([
    ["text/plain", "text/plain", {}],
    [' Image/JPEG ; Name="a;b \\" c" ; x = y z ;', "image/jpeg", { name: 'a;b " c', x: "y z" }],
    ["multipart/related;;boundary=a/b", "multipart/related", { boundary: "a/b" }],
    ["message/sipfrag;version=2.0", "message/sipfrag", { version: "2.0" }],
    ['text/plain;charset=""', "text/plain", { charset: "" }],
  ])("%s", (source, mediaType, parameters) => {
    expect(parseContentType(source)).toEqual({ mediaType, parameters: new Map(Object.entries(parameters)) });
  });

  it.each([
    "",
    "text",
    "/plain",
    "text/",
    "text/pl ain",
    "a/b;c",
    "a/b;=d",
    "a/b;c=",
    'a/b;c="d',
    "a/b;c=d;C=e",
    "a/b;c=\r\nX: y",
    'a/b;c="d"e',
  ])("%j is none", (source) => expect(parseContentType(source)).toBeUndefined());

  it("format is undone by parse, in both ways of quoting", () => {
    fc.assert(
      fc.property(
        token,
        token,
        fc.uniqueArray(fc.tuple(token, value), { selector: ([name]) => name, maxLength: 4 }),
        (type, sub, parameters) => {
          const made = contentType(`${type}/${sub}`, parameters);
          expect(parseContentType(formatContentType(made))).toEqual(made);
          expect(parseContentType(formatQuotedContentType(made))).toEqual(made);
        },
      ),
    );
  });

  it("does not format a parameter that would break its line", () => {
    expect(() => formatContentType(contentType("a/b", [["c", "x\r\nEvil: y"]]))).toThrow(InletError);
  });

  it.each([
    [["*"], true],
    [["*/*"], true],
    [["text/plain", "IMAGE/*"], true],
    [["image/png;q=1"], true],
    [["image/p", "ima/*", "message/cpim"], false],
    [[], false],
  ])("accept-types %j", (accepted, expected) => expect(acceptsType(accepted, "image/PNG; x=y")).toBe(expected));

  it.each(["nonsense", "", "/", "a/", "a b/c"])("what is no type is in no list: %j", (type) =>
    expect(acceptsType(["*", "nonsens/*"], type)).toBe(false),
  );
});

describe("dispositions", () => {
  it("reads the one of the seed's sample", () => {
    const source =
      'not-render; filename="My cool picture.jpg"; creation-date="Mon, 15 May 2006 15:01:31 +03:00"; size=4092';
    const disposition = parseContentDisposition(source) ?? expect.unreachable();
    expect(disposition.type).toBe("not-render");
    expect(disposition.parameters.get("size")).toBe("4092");
    expect(dispositionFileName(disposition)).toBe("My cool picture.jpg");
    expect(parseContentDisposition(formatContentDisposition(disposition))).toEqual(disposition);
  });

  it.each([
    ["attachment;filename*=UTF-8''%e2%82%ac.txt;filename=x.txt", "€.txt"],
    ["attachment;filename*=UTF-8'de'%e2.txt;filename=x.txt", "x.txt"],
    ["attachment;filename*=iso-8859-1''%e4.txt", undefined],
    ["attachment", undefined],
  ])("%s", (source, name) => {
    expect(dispositionFileName(parseContentDisposition(source) ?? expect.unreachable())).toBe(name);
  });

  it.each(["", ";filename=x", "a b", "attachment;filename"])("%j is none", (source) =>
    expect(parseContentDisposition(source)).toBeUndefined(),
  );
});
