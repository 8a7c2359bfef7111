/** Names and values, one a line. */
import { Fragment, type ReactNode } from "react";
import { CopyButton } from "./copy-button.tsx";
import "./facts.css";

export interface Fact {
  readonly name: string;
  /** A fact without a value is left out. */
  readonly value: ReactNode;
  /** What the copy button copies, for values nobody wants to type. */
  readonly copy?: string | undefined;
}

export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts
        .filter(({ value }) => value !== undefined)
        .map(({ name, value, copy }) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>
              <span>{value}</span>
              {copy !== undefined && <CopyButton what={name} value={copy} />}
            </dd>
          </Fragment>
        ))}
    </dl>
  );
}
