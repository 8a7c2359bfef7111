/**
 * XML from the network, read strictly and within bounds. Refuses anything that is not well-formed UTF-8 XML with
 * namespaces, every DOCTYPE (before what it declares could mean anything), an encoding other than UTF-8, and what is
 * beyond LIMITS.xmlBytes, xmlDepth, xmlAttributes (of one element), xmlElements. Nothing is expanded but the five
 * entities of XML itself, nothing is fetched.
 */
import { SaxesParser } from "saxes";
import { InletError, LIMITS } from "../../kernel/index.ts";
import type { XmlElement } from "./xml-element.ts";

export const xmlInvalid = (detail: string): InletError => new InletError("INLET_XML_INVALID", detail);

interface OpenElement {
  readonly name: string;
  readonly namespace: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  text: string;
}

export function parseXml(bytes: Uint8Array): XmlElement {
  if (bytes.length > LIMITS.xmlBytes) throw xmlInvalid("document too large");
  const parser = new SaxesParser({ xmlns: true });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  let elements = 0;
  let attributes = 0;

  const refuse = (what: string): never => {
    throw xmlInvalid(`line ${parser.line}: ${what}`);
  };
  parser.on("error", (error) => {
    throw xmlInvalid(error.message.slice(0, 200));
  });
  parser.on("xmldecl", ({ encoding, version }) => {
    if (encoding !== undefined && !/^(utf-8|us-ascii)$/i.test(encoding)) refuse("encoding");
    if (version !== undefined && version !== "1.0") refuse("XML version");
  });
  parser.on("doctype", () => refuse("DOCTYPE"));
  parser.on("opentagstart", () => {
    attributes = 0;
    elements++;
    if (elements > LIMITS.xmlElements) refuse("too many elements");
    if (open.length === LIMITS.xmlDepth) refuse("too deep");
  });
  parser.on("attribute", () => {
    attributes++;
    if (attributes > LIMITS.xmlAttributes) refuse("too many attributes");
  });
  parser.on("opentag", (tag) => {
    const own = Object.values(tag.attributes).filter(({ uri, prefix, local }) => {
      return uri === "" && prefix === "" && local !== "xmlns";
    });
    open.push({
      name: tag.local,
      namespace: tag.uri,
      attributes: new Map(own.map(({ local, value }) => [local, value])),
      children: [],
      text: "",
    });
  });
  const addText = (text: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += text;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const element = open.pop();
    if (element === undefined) return;
    const parent = open.at(-1);
    if (parent === undefined) root = element;
    else parent.children.push(element);
  });

  parser.write(decodeUtf8(bytes)).close();
  return root ?? refuse("no element");
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw xmlInvalid("not UTF-8");
  }
}
