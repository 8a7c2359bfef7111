import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InletError, LIMITS } from "../../kernel/index.ts";
import { formatXml, parseXml, type XmlElement, xmlChildren, xmlElement } from "./index.ts";

const parse = (text: string): XmlElement => parseXml(new TextEncoder().encode(text));

describe("XML", () => {
  it("is read into elements, their own attributes and their text", () => {
    const root = parse(
      '\ufeff<?xml version="1.0" encoding="utf-8"?><!-- c --><p:a xmlns:p="urn:p" xmlns="urn:d" x="1&amp;2" p:y="3">t<b/><![CDATA[<u>]]>&#65;<?pi?></p:a>',
    );
    expect(root).toEqual(
      xmlElement("a", "urn:p", { attributes: [["x", "1&2"]], text: "t<u>A", children: [xmlElement("b", "urn:d")] }),
    );
    expect(xmlChildren(root, "b")).toEqual([]);
    expect(xmlChildren(parse("<a><b/><c/><b/></a>"), "b")).toHaveLength(2);
  });

  const laughs = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]><a>&c;</a>';
  it.each([
    ["nothing", ""],
    ["text", "x"],
    ["an open element", "<a>"],
    ["crossed elements", "<a><b></a></b>"],
    ["two roots", "<a/><b/>"],
    ["a repeated attribute", '<a x="1" x="2"/>'],
    ["a repeated attribute by namespace", '<a xmlns:p="u" xmlns:q="u" p:x="1" q:x="2"/>'],
    ["an unbound prefix", "<p:a/>"],
    ["an unknown entity", "<a>&nbsp;</a>"],
    ["a control character", "<a>\u0001</a>"],
    ["a reference to one", "<a>&#0;</a>"],
    ["a bare ampersand", "<a>&</a>"],
    ["X1: a DOCTYPE", "<!DOCTYPE a><a/>"],
    ["X1: a DOCTYPE in another case", "<!doctype a><a/>"],
    ["X1: billions of laughs", laughs],
    ["X1: an external entity", '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ["X1: a parameter entity", '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://192.0.2.1/x"> %b;]><a/>'],
    ["X3: another encoding", '<?xml version="1.0" encoding="UTF-7"?><a/>'],
    ["another version", '<?xml version="1.1"?><a/>'],
    ["X2: depth", "<a>".repeat(10_000)],
    [
      "X2: attributes",
      `<a ${Array.from({ length: 100_000 }, (_, i) => `x${i}=""`)
        .join(" ")
        .slice(0, 900_000)}/>`,
    ],
    ["X2, xmlElements: elements", `<a>${"<b/>".repeat(LIMITS.xmlElements)}</a>`],
    ["X2, xmlBytes: size", `<a>${"x".repeat(LIMITS.xmlBytes)}</a>`],
  ])("is refused for %s", (_, text) => expect(() => parse(text)).toThrow(InletError));

  it.each([
    ["X3: UTF-16 with its mark", Buffer.from("\ufeff<a/>", "utf16le")],
    ["X3: UTF-16 without", Buffer.from("<a/>", "utf16le")],
    ["X3: Latin-1", Buffer.from("<a>é</a>", "latin1")],
    [
      "X3: an encoded surrogate",
      Buffer.concat([Buffer.from("<a>"), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from("</a>")]),
    ],
  ])("is refused in %s", (_, bytes) => expect(() => parseXml(bytes)).toThrow(InletError));

  it("xmlDepth, xmlAttributes: is read up to its limits", () => {
    const deep = "<a>".repeat(LIMITS.xmlDepth) + "</a>".repeat(LIMITS.xmlDepth);
    expect(parse(deep).name).toBe("a");
    const wide = Array.from({ length: LIMITS.xmlAttributes }, (_, i) => `x${i}=""`).join(" ");
    expect(parse(`<a ${wide}/>`).attributes.size).toBe(LIMITS.xmlAttributes);
  });

  it("format is undone by parse", () => {
    const name = fc.stringMatching(/^[A-WYZa-wyz_][a-z0-9.-]{0,8}$/);
    const text = fc.string({ unit: "grapheme-composite" });
    const namespace = fc.constantFrom("", "urn:a", 'urn:b"&<');
    const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
      tree: fc.record({
        name,
        namespace,
        attributes: fc
          .uniqueArray(fc.tuple(name, text), { selector: ([key]) => key, maxLength: 3 })
          .map((all) => new Map(all)),
        children: fc.oneof(
          { maxDepth: 3, depthIdentifier: "tree" },
          fc.constant([]),
          fc.array(tie("tree"), { maxLength: 3, depthIdentifier: "tree" }),
        ),
        text: fc.oneof(text, fc.constant("\t\r\n ]]> &amp; <!--")),
      }),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(parseXml(formatXml(value))).toEqual(value);
      }),
    );
  });

  it.each([
    xmlElement("a b", ""),
    xmlElement("xmlns", ""),
    xmlElement("a", "", { text: "\0" }),
    xmlElement("a", "", { text: "\ud800" }),
    xmlElement("a", "", { attributes: [['x="" y', ""]] }),
  ])("does not write %j", (element) => expect(() => formatXml(element)).toThrow(InletError));
});
