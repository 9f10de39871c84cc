import { Link } from 'wouter';
import type { PlanDetail, PlanVersion } from '../../../shared/domains/catalog/catalog-contract.ts';
import { formatDay } from '../../ui/format.ts';
import { queryValue } from '../../ui/query-value.ts';
import { componentWords } from './component-words.ts';

/** Where a move of subscriptions to this plan, or to one of its versions, is prepared: of those that have it in another version. */
export function movePath(plan: Pick<PlanDetail, 'id' | 'name'>, version?: PlanVersion): string {
  const words = [
    `plan=${queryValue(plan.name)}`,
    ...(version === undefined ? [] : [`currency:${version.price.currency}`, `-version:${version.id}`]),
    '-state:ended',
  ];
  const asked = new URLSearchParams({ plan: plan.id, query: words.join(' ') });
  if (version !== undefined) asked.set('version', version.id);
  return `/plans/moves/new?${asked.toString()}`;
}

/** Versions charged by the period, latest first: a row for each component. Nothing where there are none. */
export function PeriodVersions({ plan }: { plan: PlanDetail }) {
  if (plan.periodVersions.length === 0) return null;
  const inForce = new Set(plan.periodPrices.map(({ id }) => id));
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
          {plan.periodVersions.flatMap((version) => {
            const { id, validFrom, price } = version;
            return price.components.map((component, at) => (
              <tr key={`${id} ${component.id}`} data-ended={!inForce.has(id) || undefined}>
                <td className="ik-tn">{formatDay(validFrom)}</td>
                <td className="ik-t2">
                  {price.currency} {price.vat === 'included' ? 'with VAT' : 'net'}
                </td>
                <td title={component.id}>{component.id}</td>
                <td title={componentWords(component)}>
                  {componentWords(component)}
                  {at === 0 ? (
                    <>
                      {' '}
                      <Link href={movePath(plan, version)} className="ik-link ik-sm">
                        Move subscriptions to this version
                      </Link>
                    </>
                  ) : null}
                </td>
              </tr>
            ));
          })}
        </tbody>
      </table>
    </>
  );
}
