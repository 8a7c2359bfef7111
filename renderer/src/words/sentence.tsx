/** A sentence of the table with elements in its places: `{who} offers {n} files` with the name isolated. */
import { Fragment, type ReactNode } from "react";
import { cutTemplate } from "./fill.ts";

export interface SentenceProps {
  readonly of: string;
  readonly values: Readonly<Record<string, ReactNode>>;
}

export function Sentence({ of, values }: SentenceProps): ReactNode {
  return cutTemplate(of).map((part, position) => (
    // The parts of a sentence never change their order.
    // biome-ignore lint/suspicious/noArrayIndexKey: the position is what a part is
    <Fragment key={position}>{position % 2 === 0 ? part : (values[part] ?? part)}</Fragment>
  ));
}
