import { Fragment } from 'react';
import type { ReactNode } from 'react';

export interface Fact {
  label: string;
  value: ReactNode;
  /** Takes the whole line in two columns. */
  wide?: boolean;
}

/** Facts of an object, label and value; two columns in a detail. A value that is not known reads "–". */
export function KeyValues({ facts, columns = 1 }: { facts: readonly Fact[]; columns?: 1 | 2 }) {
  return (
    <dl className="ik-kv" data-columns={columns}>
      {facts.map((fact) => (
        <Fragment key={fact.label}>
          <dt>{fact.label}</dt>
          <dd className={fact.wide ? 'ik-wide' : undefined}>
            {fact.value ?? <span className="ik-t3">–</span>}
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
