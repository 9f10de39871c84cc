import { useState } from 'react';
import type { UsageDay } from '../../../shared/domains/metering/metering-contract.ts';
import { addMonths, firstOfMonth, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDated, formatDay } from '../../ui/format.ts';
import { Skeleton } from '../../ui/skeleton.tsx';

const MONTHS = 2;

/** What was told of a subscription this month and the one before, by day; a day opens into its events. */
export function SubscriptionUsage({ subscriptionId, today }: { subscriptionId: string; today: LocalDate }) {
  const found = useQuery(
    'metering.usageDayList',
    {
      subscriptionId,
      start: addMonths(firstOfMonth(today), 1 - MONTHS),
      endExclusive: addMonths(firstOfMonth(today), 1),
    },
    { topics: ['usage', 'held-usage'] },
  );
  const [shown, setShown] = useState<UsageDay>();
  // Of most subscriptions nothing is told: no heading then.
  if (found.error && !found.data) return <ErrorPanel error={found.error} onRetry={found.refetch} />;
  if (!found.data || found.data.rows.length === 0) return null;
  return (
    <>
      <h3>
        Usage
        <span className="ik-meta ik-end">told from outside, since last month</span>
      </h3>
      <table className="ik-tb">
        <thead>
          <tr>
            <th>Day</th>
            <th>Meter</th>
            <th className="ik-num">Quantity</th>
            <th className="ik-num">Events</th>
          </tr>
        </thead>
        <tbody>
          {found.data.rows.toReversed().map((row) => (
            <tr key={`${row.day} ${row.meter} ${row.member}`}>
              <td className="ik-tn">{formatDay(row.day)}</td>
              <td className="ik-el">
                {row.meter}
                {row.member === '' ? '' : `, ${row.member}`}
              </td>
              <td className="ik-num">
                {row.quantity} <span className="ik-u">{row.unit}</span>
              </td>
              <td className="ik-num">
                <Button
                  size="sm"
                  kind="ghost"
                  label={`Events of ${row.meter} on ${formatDay(row.day)}`}
                  onClick={() => {
                    setShown(shown === row ? undefined : row);
                  }}
                >
                  {row.late === 0 ? String(row.events) : `${row.events}, ${row.late} late`}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown ? <DayEvents subscriptionId={subscriptionId} of={shown} /> : null}
    </>
  );
}

function DayEvents({ subscriptionId, of }: { subscriptionId: string; of: UsageDay }) {
  const { day, meter } = of;
  const found = useQuery(
    'metering.usageEventList',
    { subscriptionId, day, meter, limit: 200 },
    { topics: ['usage'] },
  );
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={3} />;
  const { rows, total } = found.data;
  return (
    <>
      <h3>
        {meter}, {formatDay(day)}
        <span className="ik-meta ik-end">
          {rows.length < total ? `the first ${rows.length} of ${total}` : `${total} events`}
        </span>
      </h3>
      <table className="ik-tb">
        <thead>
          <tr>
            <th>Event</th>
            <th>Happened</th>
            <th>Heard</th>
            <th className="ik-num">Quantity</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((event) => (
            <tr key={event.id}>
              <td className="ik-el" title={event.id}>
                {event.id}
              </td>
              <td className="ik-tn">{formatDated(Date.parse(event.at))}</td>
              <td className="ik-tn">{formatDated(Date.parse(event.receivedAt))}</td>
              <td className="ik-num">
                {event.quantity} <span className="ik-u">{event.unit}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
