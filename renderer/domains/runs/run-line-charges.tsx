import { Link } from 'wouter';
import type { ChargeRow } from '../../../shared/domains/billing/billing-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDay, formatMinor } from '../../ui/format.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { explanationFacts } from './explanation-words.ts';

const METERED = new Set(['vcpu-hours', 'gib-hours']);

/** A bar per day charged, as high as its quantity: what a meter read, day by day. */
function Days({ charges }: { charges: readonly ChargeRow[] }) {
  const values = charges.map((charge) => Number(charge.quantity));
  const most = Math.max(...values);
  if (!(most > 0)) return null;
  const [first] = charges;
  const last = charges.at(-1);
  return (
    <figure style={{ margin: '8px 0' }}>
      <svg
        width="100%"
        height={44}
        viewBox={`0 0 ${values.length * 10} 44`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Hours charged per day, ${most.toFixed(1)} at most`}
      >
        {values.map((value, at) => (
          <rect
            key={at}
            x={at * 10 + 1}
            width={8}
            y={44 - (value / most) * 42}
            height={(value / most) * 42}
            fill="var(--ik-chart-1)"
          />
        ))}
      </svg>
      <figcaption className="ik-row ik-xs ik-t3">
        <span>{first ? formatDay(first.day) : ''}</span>
        <span className="ik-end">{last ? formatDay(last.day) : ''}</span>
      </figcaption>
    </figure>
  );
}

/** What the host counted, hour by hour, of the VM that a line is metered by. */
function Readings({ subscriptionId, charges }: { subscriptionId: string; charges: readonly ChargeRow[] }) {
  const found = useQuery('billing.subscriptionList', { query: `id:${subscriptionId}`, limit: 1 });
  const subscription = found.data?.rows[0];
  const start = charges[0]?.serviceStart;
  const endExclusive = charges.at(-1)?.serviceEndExclusive;
  if (!subscription || subscription.vmId === '' || start === undefined || endExclusive === undefined)
    return null;
  return (
    <p className="ik-sm ik-t2">
      <HoursRead vmId={subscription.vmId} start={start} endExclusive={endExclusive} /> of{' '}
      <Link href={`/vms/${subscription.vmId}`} className="ik-link">
        {subscription.vm}
      </Link>{' '}
      on its host.
    </p>
  );
}

function HoursRead(props: { vmId: string; start: string; endExclusive: string }) {
  const usage = useQuery('billing.usageList', props as never).data;
  if (usage === undefined) return <>Hours counted</>;
  return (
    <>
      {usage.rows.length} hours counted, {usage.vcpuHours} vCPU-hours and {usage.gibHours} GiB-hours,
    </>
  );
}

/** The charges that a line of a would-be invoice is made of, each down to what was read. */
export function RunLineCharges(props: {
  subscriptionId: string;
  chargeIds: readonly string[];
  serviceStart: string;
}) {
  const { subscriptionId, chargeIds } = props;
  const found = useQuery('billing.chargeList', { subscriptionId });
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={3} />;
  const wanted = new Set(chargeIds);
  const charges = found.data.rows.filter((charge) => wanted.has(charge.id));
  const isMetered = charges.some((charge) => charge.explanation === null && METERED.has(charge.component));
  return (
    <>
      {isMetered ? (
        <>
          <Days charges={charges} />
          <Readings subscriptionId={subscriptionId} charges={charges} />
        </>
      ) : null}
      <table className="ik-tb">
        <thead>
          <tr>
            <th>Charged</th>
            <th className="ik-num">Quantity</th>
            <th className="ik-num">Price</th>
            <th className="ik-num">Amount</th>
          </tr>
        </thead>
        <tbody>
          {charges.map((charge) => (
            <ChargeRows key={charge.id} charge={charge} />
          ))}
        </tbody>
      </table>
      <Link href={`/subscriptions/${subscriptionId}`} className="ik-link ik-sm">
        All charges of the subscription
      </Link>
    </>
  );
}

function ChargeRows({ charge }: { charge: ChargeRow }) {
  const facts = explanationFacts(charge.explanation);
  return (
    <>
      <tr>
        <td className="ik-tn">{formatDay(charge.day)}</td>
        <td className="ik-num">{charge.quantity}</td>
        <td className="ik-num">{charge.unitPrice}</td>
        <td className="ik-num">{formatMinor(charge.amount.amountMinor)}</td>
      </tr>
      {facts.length === 0 ? null : (
        <tr className="ik-run-charges">
          <td colSpan={4}>
            <dl className="ik-sm" style={{ margin: 0 }}>
              {facts.map(([label, value], at) => (
                <div key={at}>
                  <dt className="ik-t3" style={{ display: 'inline' }}>
                    {label}:{' '}
                  </dt>
                  <dd style={{ display: 'inline', margin: 0, overflowWrap: 'anywhere' }}>{value}</dd>
                </div>
              ))}
            </dl>
          </td>
        </tr>
      )}
    </>
  );
}
