import type { PlanVersion } from '../../../shared/domains/catalog/catalog-contract.ts';
import { formatDay } from '../../ui/format.ts';
import { componentWords } from './component-words.ts';

/** Versions charged by the period, latest first: a row for each component. Nothing where there are none. */
export function PeriodVersions(props: { versions: readonly PlanVersion[]; inForce: readonly PlanVersion[] }) {
  if (props.versions.length === 0) return null;
  const inForce = new Set(props.inForce.map(({ id }) => id));
  return (
    <>
      <h3>
        Charged by the period <span className="ik-meta">what was sold keeps its version</span>
      </h3>
      <table className="ik-tb">
        <colgroup>
          <col style={{ width: 84 }} />
          <col style={{ width: 92 }} />
          <col style={{ width: 96 }} />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th>From</th>
            <th>
              <span className="ik-sr">Currency</span>
            </th>
            <th>Component</th>
            <th>Price</th>
          </tr>
        </thead>
        <tbody>
          {props.versions.flatMap(({ id, validFrom, price }) =>
            price.components.map((component) => (
              <tr key={`${id} ${component.id}`} data-ended={!inForce.has(id) || undefined}>
                <td className="ik-tn">{formatDay(validFrom)}</td>
                <td className="ik-t2">
                  {price.currency} {price.vat === 'included' ? 'with VAT' : 'net'}
                </td>
                <td title={component.id}>{component.id}</td>
                <td title={componentWords(component)}>{componentWords(component)}</td>
              </tr>
            )),
          )}
        </tbody>
      </table>
    </>
  );
}
