import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { askedUnits, optionsOf } from './asked-units.ts';

/** Options of its plan, and how many of each a subscription takes today. Nothing where its plan has none. */
export function SubscriptionOptions({ row }: { row: SubscriptionRow }) {
  const options = optionsOf(row.periodPrice);
  const found = useQuery(
    'billing.subscriptionHistory',
    options.length === 0 ? null : { subscriptionId: row.id },
    { topics: ['subscription'] },
  );
  if (options.length === 0) return null;
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton />;
  const { today } = row;
  const taken = found.data.rows
    .filter(({ on, allocations, isTakenBack }) => on <= today && allocations !== null && !isTakenBack)
    .toSorted((one, other) => (one.on === other.on ? one.seq - other.seq : one.on < other.on ? -1 : 1))
    .reduce<Readonly<Record<string, string>>>(
      (before, { allocations, isOfAllUnits }) => ({ ...(isOfAllUnits ? {} : before), ...allocations }),
      {},
    );
  const words = new Map(askedUnits(row.periodPrice).map(({ name, description }) => [name, description]));
  return (
    <>
      <h3>
        Options <span className="ik-meta">taken or left by Change…</span>
      </h3>
      <table className="ik-tb">
        <colgroup>
          <col />
          <col style={{ width: 64 }} />
          <col />
        </colgroup>
        <thead>
          <tr>
            <th>Option</th>
            <th className="ik-num">Taken</th>
            <th>Price</th>
          </tr>
        </thead>
        <tbody>
          {options.map(({ id, name }) => (
            <tr key={id}>
              <td className="ik-med">{name}</td>
              <td className="ik-num">{taken[id] ?? '0'}</td>
              <td className="ik-t2">{words.get(id)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
