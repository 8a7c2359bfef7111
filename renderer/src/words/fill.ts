/** Sentences with places for values: `{who} offers {files}`. */
const PLACE = /\{(\w+)\}/;

/** The template cut at its places: text at even positions, names of places at odd ones. */
export const cutTemplate = (template: string): readonly string[] => template.split(PLACE);

/** The sentence with its values. A place without a value stays visible, so that a missing one is found. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return cutTemplate(template)
    .map((part, position) => (position % 2 === 0 ? part : String(values[part] ?? `{${part}}`)))
    .join("");
}
