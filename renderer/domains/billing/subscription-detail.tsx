import './billing.css';
import { useState } from 'react';
import { Link } from 'wouter';
import IconAdjustments from '@tabler/icons-react/dist/esm/icons/IconAdjustments.mjs';
import IconPlayerPause from '@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs';
import IconPlayerPlay from '@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs';
import IconPlayerStop from '@tabler/icons-react/dist/esm/icons/IconPlayerStop.mjs';
import IconRepeat from '@tabler/icons-react/dist/esm/icons/IconRepeat.mjs';
import type { ChargeRow, SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { COMPONENTS } from '../../../shared/domains/billing/charge-rules.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDay, formatMinor } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { Badge } from '../../ui/state-label.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { formatPrice, formatQuantity } from '../catalog/price-words.ts';
import { SubscriptionUsage } from '../metering/subscription-usage.tsx';
import { dayBefore } from './subscription-columns.tsx';
import { SubscriptionChangeDialog } from './subscription-change-dialog.tsx';
import { SubscriptionDiscounts } from './subscription-discounts.tsx';
import { SubscriptionEndDialog } from './subscription-end-dialog.tsx';
import { SubscriptionHistory } from './subscription-history.tsx';
import { SubscriptionOptions } from './subscription-options.tsx';
import { SubscriptionPlanned } from './subscription-planned.tsx';
import { SubscriptionPool } from './subscription-pool.tsx';
import { SubscriptionPauseDialog } from './subscription-pause-dialog.tsx';
import { subscriptionState } from './subscription-state.ts';
import { costWords, subscriptionName } from './subscription-words.ts';

const DAILY_WORDS: Readonly<Record<string, { name: string; unit: string }>> = {
  month: { name: 'Month', unit: 'mo' },
  'vcpu-hours': { name: 'vCPU-hours', unit: 'h' },
  'gib-hours': { name: 'GiB-hours', unit: 'h' },
};

/** A charge of a day by its component; one by the period by the plan's own name and what it is there for. */
function chargeWords(charge: ChargeRow): { name: string; unit: string; title: string } {
  const daily = charge.explanation === null ? DAILY_WORDS[charge.component] : undefined;
  if (daily) return { ...daily, title: daily.name };
  const isSaid = charge.reason === 'service' || charge.reason === charge.component;
  const name = isSaid ? charge.component : `${charge.component}, ${charge.reason}`;
  const days =
    charge.serviceEndExclusive > charge.serviceStart
      ? `${formatDay(charge.serviceStart)} – ${formatDay(dayBefore(charge.serviceEndExclusive))}`
      : formatDay(charge.serviceStart);
  return { name, unit: '', title: `${name}, ${days}` };
}

/** Those charged day by day in their order, all others before them as they were posted. */
const COMPONENT_ORDER: readonly string[] = COMPONENTS;

const monthYear = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

function ChargeMonth({ month, charges }: { month: string; charges: readonly ChargeRow[] }) {
  const sum = charges.reduce((total, charge) => total + BigInt(charge.amount.amountMinor), 0n);
  return (
    <>
      <h3>
        {monthYear.format(new Date(`${month}-01T00:00:00Z`))}
        <span className="ik-meta ik-end ik-tn">
          {formatMinor(sum)} {charges[0]?.amount.currency}
        </span>
      </h3>
      <table className="ik-tb" aria-label="Charges">
        <colgroup>
          <col style={{ width: 84 }} />
          <col style={{ width: 84 }} />
          <col />
          <col style={{ width: 76 }} />
          <col style={{ width: 76 }} />
          <col style={{ width: 64 }} />
        </colgroup>
        <thead>
          <tr>
            <th>Day</th>
            <th>Component</th>
            <th className="ik-num">Quantity</th>
            <th className="ik-num">Unit price</th>
            <th className="ik-num">Amount</th>
            <th className="ik-num">Invoice</th>
          </tr>
        </thead>
        <tbody>
          {charges.map((charge) => {
            const words = chargeWords(charge);
            return (
              <tr key={charge.id}>
                <td className="ik-tn">{formatDay(charge.day)}</td>
                <td className="ik-t2" title={words.title}>
                  {words.name}
                </td>
                <td className="ik-num">
                  {formatQuantity(charge.quantity)} <span className="ik-u">{words.unit}</span>
                </td>
                <td className="ik-num">{formatPrice(charge.unitPrice)}</td>
                <td className="ik-num">{formatMinor(charge.amount.amountMinor)}</td>
                <td className="ik-num">
                  {charge.invoiceId ? (
                    <Link href={`/invoices/${charge.invoiceId}`} className="ik-link">
                      Open
                    </Link>
                  ) : (
                    <span className="ik-t3">not yet</span>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

/** Every charge of a subscription, latest month and day first. */
function Charges({ subscriptionId }: { subscriptionId: string }) {
  const found = useQuery(
    'billing.chargeList',
    { subscriptionId },
    { topics: ['billing-day', 'invoice', 'subscription'] },
  );
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton />;
  const latestFirst = found.data.rows.toSorted(
    (a, b) =>
      b.day.localeCompare(a.day) ||
      COMPONENT_ORDER.indexOf(a.component) - COMPONENT_ORDER.indexOf(b.component),
  );
  const months = [...Map.groupBy(latestFirst, (charge) => charge.day.slice(0, 7))];
  if (months.length === 0)
    return <p className="ik-none">Nothing is charged yet: what is due is charged once its day is over.</p>;
  return months.map(([month, charges]) => <ChargeMonth key={month} month={month} charges={charges} />);
}

/** What stands for its VM where it was sold for none. */
function poolWords({ poolMembers }: SubscriptionRow): string | null {
  if (poolMembers === null) return null;
  return poolMembers === 0
    ? 'pool, no VM in it yet'
    : `pool of ${poolMembers} ${poolMembers === 1 ? 'VM' : 'VMs'}`;
}

function Facts({ row }: { row: SubscriptionRow }) {
  return (
    <KeyValues
      columns={2}
      facts={[
        {
          label: 'Customer',
          value: (
            <Link href={`/customers/${row.customerId}`} className="ik-link">
              {row.customer}
            </Link>
          ),
          wide: true,
        },
        {
          label: 'Plan',
          value: (
            <Link href={`/plans/${row.planId}`} className="ik-link">
              {row.plan}
            </Link>
          ),
        },
        {
          label: 'VM',
          value:
            row.vmId === '' ? (
              poolWords(row)
            ) : (
              <Link href={`/vms/${row.vmId}`} className="ik-link">
                {row.vm}
              </Link>
            ),
        },
        { label: 'Price', value: costWords(row), wide: true },
        { label: 'First day', value: formatDay(row.startsOn) },
        { label: 'Last day', value: row.endsOn ? formatDay(dayBefore(row.endsOn)) : 'none, it goes on' },
        {
          label: 'Charged to',
          value: row.chargedUntil > row.startsOn ? formatDay(dayBefore(row.chargedUntil)) : null,
        },
      ]}
    />
  );
}

/** One subscription: what was sold at which price, and every charge of it. */
export function SubscriptionDetail(props: {
  subscriptionId: string;
  onClose?: () => void;
  step?: DetailStep;
}) {
  const { step } = props;
  const found = useQuery(
    'billing.subscriptionList',
    { query: `id:${props.subscriptionId}`, limit: 1 },
    { topics: ['subscription', 'billing-day'] },
  );
  const mayBill = useMay('billing.write');
  const [ending, setEnding] = useState(false);
  const [pausing, setPausing] = useState(false);
  const [changing, setChanging] = useState(false);
  if (!found.data) {
    return found.error ? (
      <ErrorPanel title="The subscription could not be read" error={found.error} onRetry={found.refetch} />
    ) : (
      <Skeleton rows={8} />
    );
  }
  const row = found.data.rows[0];
  if (!row) {
    return (
      <EmptyState icon={IconRepeat} title="No such subscription">
        There is no subscription {props.subscriptionId}: the address may be of another store.
      </EmptyState>
    );
  }
  const state = subscriptionState(row);
  const isPaused = state.word === 'Paused';
  return (
    <>
      <DetailHead
        title={subscriptionName(row)}
        badge={
          <Badge tone={state.tone} icon={state.icon}>
            {state.word}
          </Badge>
        }
        facts={row.customer}
        actions={
          <>
            <ActionButton
              icon={IconAdjustments}
              reason={mayBill ?? (state.word === 'Ended' ? 'It has ended.' : null)}
              onClick={() => {
                setChanging(true);
              }}
            >
              Change…
            </ActionButton>
            <ActionButton
              icon={isPaused ? IconPlayerPlay : IconPlayerPause}
              reason={mayBill ?? (state.word === 'Ended' ? 'It has ended.' : null)}
              onClick={() => {
                setPausing(true);
              }}
            >
              {isPaused ? 'Resume…' : 'Pause…'}
            </ActionButton>
            <ActionButton
              icon={IconPlayerStop}
              reason={
                mayBill ?? (row.endsOn ? `It ends after ${formatDay(dayBefore(row.endsOn))} already.` : null)
              }
              onClick={() => {
                setEnding(true);
              }}
            >
              End…
            </ActionButton>
          </>
        }
        onClose={props.onClose}
        onPrevious={step?.previous}
        onNext={step?.next}
        href={`/subscriptions/${row.id}`}
      />
      <DetailBody>
        <h3>Facts</h3>
        <Facts row={row} />
        <SubscriptionOptions row={row} />
        <SubscriptionPool row={row} today={localDate(row.today)} />
        {row.charged === 'by-period' ? <SubscriptionDiscounts row={row} /> : null}
        <SubscriptionPlanned row={row} />
        <SubscriptionHistory subscriptionId={row.id} />
        <SubscriptionUsage subscriptionId={row.id} today={localDate(row.today)} />
        <Charges subscriptionId={row.id} />
      </DetailBody>
      {changing ? (
        <SubscriptionChangeDialog
          subscription={row}
          onClose={() => {
            setChanging(false);
          }}
        />
      ) : null}
      {pausing ? (
        <SubscriptionPauseDialog
          subscription={row}
          isPaused={isPaused}
          onClose={() => {
            setPausing(false);
          }}
        />
      ) : null}
      {ending ? (
        <SubscriptionEndDialog
          subscription={row}
          onClose={() => {
            setEnding(false);
          }}
        />
      ) : null}
    </>
  );
}
