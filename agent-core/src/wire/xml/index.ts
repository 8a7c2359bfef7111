/** XML within bounds, for the document formats of the other folders. */
export { formatXml } from "./format-xml.ts";
export { parseXml, xmlInvalid } from "./parse-xml.ts";
export * from "./xml-element.ts";
