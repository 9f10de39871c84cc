import { useState } from 'react';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconPencil from '@tabler/icons-react/dist/esm/icons/IconPencil.mjs';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import type { Balance } from './balance-answer.ts';
import { TermsDialog } from './terms-dialog.tsx';

const STATES = {
  ok: { tone: 'ok', icon: IconCircleCheck, prepaid: 'enough', postpaid: 'within its limit' },
  low: { tone: 'warn', icon: IconAlertTriangle, prepaid: 'low', postpaid: 'low' },
  exhausted: { tone: 'bad', icon: IconCircleX, prepaid: 'exhausted', postpaid: 'exhausted' },
  'over-limit': { tone: 'bad', icon: IconCircleX, prepaid: 'over its limit', postpaid: 'over its limit' },
} as const;

const EVENT_WORDS = {
  low: 'Low',
  exhausted: 'Exhausted',
  'over-limit': 'Over the limit',
  recovered: 'Well again',
} as const;

const SHOWN_DAYS = 7;
const SHOWN_EVENTS = 5;

function Account({ account }: { account: Balance['accounts'][number] }) {
  return (
    <KeyValues
      columns={2}
      facts={[
        { label: 'Balance', value: <MoneyText money={account.balance} /> },
        { label: 'Paid ahead', value: <MoneyText money={account.advances} /> },
        { label: 'Invoiced', value: <MoneyText money={account.receivables} /> },
        { label: 'Not billed', value: <MoneyText money={account.unbilledGross} /> },
      ]}
    />
  );
}

function Days({ days }: { days: Balance['days'] }) {
  if (days.length === 0)
    return <p className="ik-none">No day was burned yet: the first one closes tonight.</p>;
  return (
    <table className="ik-tb">
      <thead>
        <tr>
          <th>Day</th>
          <th className="ik-num">Paid</th>
          <th className="ik-num">Burned</th>
          <th className="ik-num">Left, {days[0]?.balance.currency}</th>
        </tr>
      </thead>
      <tbody>
        {days.slice(0, SHOWN_DAYS).map((day) => (
          <tr key={day.day}>
            <td className="ik-tn">{formatDay(day.day)}</td>
            <td className="ik-num">
              <MoneyText money={day.paid} withoutCurrency />
            </td>
            <td className="ik-num">
              <MoneyText money={day.burned} withoutCurrency />
            </td>
            <td className="ik-num">
              <MoneyText money={day.balance} withoutCurrency />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Events({ events }: { events: Balance['events'] }) {
  if (events.length === 0) return null;
  return (
    <table className="ik-tb">
      <thead>
        <tr>
          <th>By the end of</th>
          <th>It was</th>
          <th className="ik-num">Balance</th>
          <th className="ik-num">Bound</th>
        </tr>
      </thead>
      <tbody>
        {events.slice(0, SHOWN_EVENTS).map((event) => (
          <tr key={event.seq}>
            <td className="ik-tn">{formatDay(event.day)}</td>
            <td>{EVENT_WORDS[event.kind]}</td>
            <td className="ik-num">
              <MoneyText money={event.balance} />
            </td>
            <td className="ik-num">
              <MoneyText money={event.bound} withoutCurrency />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** What a customer paid ahead and owes now, how its days burn it, and when it was low. */
export function CustomerBalance({ customerId }: { customerId: string }) {
  const found = useQuery(
    'balances.balanceGet',
    { customerId },
    { topics: ['balance', 'balance-day', 'billing-day', 'invoice', 'payment', 'customer'] },
  );
  const mayBill = useMay('billing.write');
  const [asked, setAsked] = useState(false);
  const { data } = found;
  if (data === undefined) {
    return (
      <section>
        <h3>Balance</h3>
        {found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={3} />}
      </section>
    );
  }
  const state = STATES[data.state];
  const isWatched = data.mode === 'prepaid' || data.creditLimit !== null;
  return (
    <section>
      <h3>
        Balance <span className="ik-meta">{data.mode === 'prepaid' ? 'pays ahead' : 'pays by invoice'}</span>
        {isWatched ? <StateLabel tone={state.tone} icon={state.icon} word={state[data.mode]} /> : null}
        <span className="ik-end">
          <ActionButton
            size="sm"
            kind="ghost"
            icon={IconPencil}
            reason={mayBill}
            onClick={() => {
              setAsked(true);
            }}
          >
            How it pays…
          </ActionButton>
        </span>
      </h3>
      {data.accounts.length === 0 ? <p className="ik-none">Nothing was paid or charged yet.</p> : null}
      {data.accounts.map((account) => (
        <Account key={account.balance.currency} account={account} />
      ))}
      {data.mode === 'prepaid' && data.low !== null ? (
        <KeyValues columns={2} facts={[{ label: 'Low at', value: <MoneyText money={data.low} /> }]} />
      ) : null}
      {data.mode === 'postpaid' && data.creditLimit !== null ? (
        <KeyValues
          columns={2}
          facts={[{ label: 'May owe', value: <MoneyText money={data.creditLimit} /> }]}
        />
      ) : null}
      {data.mode === 'prepaid' ? <Days days={data.days} /> : null}
      <Events events={data.events} />
      {asked ? (
        <TermsDialog
          customerId={customerId}
          balance={data}
          onClose={() => {
            setAsked(false);
          }}
        />
      ) : null}
    </section>
  );
}
