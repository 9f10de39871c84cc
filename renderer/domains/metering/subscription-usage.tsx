import { Fragment, useState } from 'react';
import type { UsageDay } from '../../../shared/domains/metering/metering-contract.ts';
import { addMonths, firstOfMonth, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { useQuery } from '../../client/use-query.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount, formatDated, formatDay } from '../../ui/format.ts';
import { Pager, usePager } from '../../ui/pager.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { formatQuantity } from '../catalog/price-words.ts';

const MONTHS = 2;
const SHOWN_EVENTS = 20;

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
  const [shown, setShown] = useState('');
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
          {found.data.rows.toReversed().map((row) => {
            const key = `${row.day} ${row.meter} ${row.member}`;
            const isOpen = shown === key;
            return (
              <Fragment key={key}>
                <tr>
                  <td className="ik-tn">{formatDay(row.day)}</td>
                  <td className="ik-el" title={nameOf(row)}>
                    {nameOf(row)}
                  </td>
                  <td className="ik-num">
                    {formatQuantity(row.quantity)} <span className="ik-u">{row.unit}</span>
                  </td>
                  <td className="ik-num">
                    <button
                      type="button"
                      className="ik-link"
                      aria-expanded={isOpen}
                      aria-label={`Events of ${nameOf(row)} on ${formatDay(row.day)}`}
                      onClick={() => {
                        setShown(isOpen ? '' : key);
                      }}
                    >
                      {formatCount(row.events)}
                      {row.late === 0 ? '' : `, ${formatCount(row.late)} late`}
                    </button>
                  </td>
                </tr>
                {isOpen ? (
                  <tr>
                    <td colSpan={4}>
                      <DayEvents subscriptionId={subscriptionId} of={row} />
                    </td>
                  </tr>
                ) : null}
              </Fragment>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

/** `seats`, or `seats of anna` where each member is counted by itself. */
function nameOf({ meter, member }: UsageDay): string {
  return member === '' ? meter : `${meter} of ${member}`;
}

function DayEvents({ subscriptionId, of }: { subscriptionId: string; of: UsageDay }) {
  const { day, meter, member } = of;
  const pager = usePager(`${day} ${meter} ${member}`);
  const found = useQuery(
    'metering.usageEventList',
    {
      subscriptionId,
      day,
      meter,
      member,
      limit: SHOWN_EVENTS,
      ...(pager.cursor !== undefined && { cursor: pager.cursor }),
    },
    { topics: ['usage', 'held-usage'] },
  );
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={3} />;
  const { rows } = found.data;
  return (
    <>
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
                {formatQuantity(event.quantity)} <span className="ik-u">{event.unit}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Pager {...found.data} pager={pager} shown={rows.length} many="events" />
    </>
  );
}
