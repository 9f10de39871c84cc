import { useState } from 'react';
import { Link } from 'wouter';
import { CHARGES_NAMED_MAX } from '../../../shared/domains/billing/subscription-contract.ts';
import type { ChargeRow } from '../../../shared/domains/billing/billing-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDay, formatMinor } from '../../ui/format.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DayBars } from '../../ui/day-bars.tsx';
import {
  dayStretches,
  stretchDays,
  stretchSumMinor,
  stretchWords,
  type DayStretch,
} from './day-stretches.ts';
import { explanationFacts } from './explanation-words.ts';
import { LineReadings } from './line-readings.tsx';

const METERED = new Set(['vcpu-hours', 'gib-hours']);

const METER_WORDS: Readonly<Record<string, string>> = {
  'vcpu-hours': 'vCPU-hours',
  'gib-hours': 'GiB-hours',
};

/** A bar per day charged, as high as its quantity: what a meter read, day by day. */
function Days({ component, charges }: { component: string; charges: readonly ChargeRow[] }) {
  const days = charges
    .filter((charge) => charge.component === component)
    .map(({ day, quantity }) => ({ day, value: Number(quantity), beyond: 0, words: quantity }));
  if (days.length === 0) return null;
  const most = Math.max(...days.map(({ value }) => value));
  return (
    <DayBars title={METER_WORDS[component] ?? component} note={`per day, ${most} at most`} days={days} />
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
  // Its disks are counted while it is off, too.
  const hours = usage.rows.filter(({ runningSeconds }) => runningSeconds > 0).length;
  return (
    <>
      {hours} hours counted, {usage.vcpuHours} vCPU-hours and {usage.gibHours} GiB-hours,
    </>
  );
}

/** The charges that a line of a would-be invoice is made of, each down to what was read; a page of them where they are many. */
export function RunLineCharges(props: {
  subscriptionId: string;
  chargeIds: readonly string[];
  serviceStart: string;
}) {
  const { subscriptionId, chargeIds } = props;
  const [from, setFrom] = useState(0);
  const shown = chargeIds.slice(from, from + CHARGES_NAMED_MAX);
  const found = useQuery('billing.chargeList', { subscriptionId, chargeIds: shown });
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={3} />;
  const charges = found.data.rows;
  const isMetered = charges.some((charge) => charge.explanation === null && METERED.has(charge.component));
  const isOfReadings = charges.some(
    ({ explanation }) => (explanation as { kind?: string } | null)?.kind === 'usage',
  );
  return (
    <>
      {isMetered ? (
        <>
          {[...METERED].map((component) => (
            <Days key={component} component={component} charges={charges} />
          ))}
          <Readings subscriptionId={subscriptionId} charges={charges} />
        </>
      ) : null}
      {isOfReadings ? <LineReadings subscriptionId={subscriptionId} chargeIds={shown} /> : null}
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
          {dayStretches(charges).map((stretch) =>
            stretch.length === 1 ? (
              <ChargeRows key={stretch[0].id} charge={stretch[0]} />
            ) : (
              <StretchRows key={stretch[0].id} stretch={stretch} />
            ),
          )}
        </tbody>
      </table>
      {chargeIds.length > shown.length ? (
        <p className="ik-row ik-sm">
          <ActionButton
            size="sm"
            reason={from === 0 ? 'These are the first' : null}
            onClick={() => {
              setFrom(from - CHARGES_NAMED_MAX);
            }}
          >
            Earlier
          </ActionButton>
          <ActionButton
            size="sm"
            reason={from + shown.length >= chargeIds.length ? 'These are the last' : null}
            onClick={() => {
              setFrom(from + CHARGES_NAMED_MAX);
            }}
          >
            Later
          </ActionButton>
          {from + 1} to {from + shown.length} of {chargeIds.length} charges
        </p>
      ) : null}
      <Link href={`/subscriptions/${subscriptionId}`} className="ik-link ik-sm">
        All charges of the subscription
      </Link>
    </>
  );
}

/** Days in a row that say the same as one, each of which is shown where somebody asks. */
function StretchRows({ stretch }: { stretch: DayStretch }) {
  const [isOpen, setOpen] = useState(false);
  const [first] = stretch;
  return (
    <>
      <tr>
        <td className="ik-tn">
          <button
            type="button"
            className="ik-link"
            aria-expanded={isOpen}
            onClick={() => {
              setOpen(!isOpen);
            }}
          >
            {stretchDays(stretch)}
          </button>
          <div className="ik-t2 ik-xs">{stretchWords(stretch)}</div>
        </td>
        <td className="ik-num">
          {stretch.length} × {first.quantity}
        </td>
        <td className="ik-num">{first.unitPrice}</td>
        <td className="ik-num">{formatMinor(stretchSumMinor(stretch))}</td>
      </tr>
      {isOpen ? stretch.map((charge) => <ChargeRows key={charge.id} charge={charge} />) : null}
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
