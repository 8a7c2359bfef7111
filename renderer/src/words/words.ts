/** The shape every language's table has. */
import type { en } from "./en.ts";

type Shape<T> = { readonly [K in keyof T]: T[K] extends string ? string : Shape<T[K]> };

export type Words = Shape<typeof en>;

/** One sentence, once for one thing and once for several. */
export interface Plural {
  readonly one: string;
  readonly other: string;
}
