/** An XML document as a tree, as much of it as the document formats of this profile use: no comments, no order of text among elements. */

export interface XmlElement {
  /** Without prefix. */
  readonly name: string;
  /** "" where there is none. */
  readonly namespace: string;
  /** Those without a namespace; others are read over. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** The text directly inside, joined, blanks and all. */
  readonly text: string;
}

export const xmlElement = (
  name: string,
  namespace: string,
  parts: {
    readonly attributes?: Iterable<readonly [string, string]>;
    readonly children?: readonly XmlElement[];
    readonly text?: string;
  } = {},
): XmlElement => ({
  name,
  namespace,
  attributes: new Map(parts.attributes ?? []),
  children: parts.children ?? [],
  text: parts.text ?? "",
});

/** The children of that name in the element's own namespace: extensions stand in another one. */
export const xmlChildren = (element: XmlElement, name: string): readonly XmlElement[] =>
  element.children.filter((child) => child.name === name && child.namespace === element.namespace);
