import { Link } from 'wouter';
import { useQuery } from '../../client/use-query.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDay } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { eventWords } from './subscription-words.ts';

/** What happened to a subscription that is charged by the period, latest decision first. */
export function SubscriptionHistory({ subscriptionId }: { subscriptionId: string }) {
  const found = useQuery('billing.subscriptionHistory', { subscriptionId }, { topics: ['subscription'] });
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton />;
  const { rows } = found.data;
  return (
    <>
      <h3>History</h3>
      <table className="ik-tb" aria-label="History">
        <colgroup>
          <col style={{ width: 84 }} />
          <col />
          <col style={{ width: 140 }} />
        </colgroup>
        <thead>
          <tr>
            <th>From</th>
            <th>What</th>
            <th>Decided</th>
          </tr>
        </thead>
        <tbody>
          {rows.toReversed().map((event) => (
            <tr key={event.seq}>
              <td className="ik-tn">{formatDay(event.on)}</td>
              <td title={eventWords(event, rows)} className={event.isTakenBack ? 'ik-t3' : undefined}>
                {event.isTakenBack ? <s>{eventWords(event, rows)}</s> : eventWords(event, rows)}
                {event.isTakenBack ? ', taken back' : null}
                {event.move === null ? null : (
                  <>
                    {', '}
                    <Link href={`/plans/moves/${event.move.repricingId}`} className="ik-link">
                      {event.move.isTakenBack ? 'a move taken back' : 'by a move of many'}
                    </Link>
                  </>
                )}
              </td>
              <td>
                <Timestamp dated atMs={Date.parse(event.madeAt)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
