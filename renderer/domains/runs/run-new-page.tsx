import './runs.css';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { CUSTOMER_FIELDS } from '../../../shared/domains/customers/customer-fields.ts';
import { addDays, addMonths, firstOfMonth, localDate } from '../../../shared/kernel/local-date.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { CURRENCIES } from '../../../shared/kernel/money.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import { queryFields } from '../../client/query-fields.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/chips.tsx';
import { DateField, MonthField } from '../../ui/date-field.tsx';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { formatCount, formatDay } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { QueryBar } from '../../ui/query-bar.tsx';
import { RunSteps } from './run-steps.tsx';

const FIELDS = queryFields(CUSTOMER_FIELDS);
const ALL = 'all';

function usePeriod(today: string) {
  const lastMonth = addMonths(firstOfMonth(localDate(today)), -1);
  const [from, setFrom] = useAddressParam('from', lastMonth);
  const [to, setTo] = useAddressParam('to');
  const start = localDate(from);
  const isMonth = to === '';
  const endExclusive: LocalDate = isMonth ? addMonths(firstOfMonth(start), 1) : addDays(localDate(to), 1);
  return { start: isMonth ? firstOfMonth(start) : start, endExclusive, isMonth, setFrom, setTo };
}

/** Typed major units as minor ones; null for none, undefined for what cannot be read. */
function limitOf(text: string): string | null | undefined {
  if (text.trim() === '') return null;
  const found = /^(\d{1,12})(?:[.,](\d{1,2}))?$/.exec(text.trim());
  if (found === null) return undefined;
  return String(BigInt(found[1] ?? '0') * 100n + BigInt((found[2] ?? '').padEnd(2, '0')));
}

/** The scope of a new run: period, currency, customers by query; what is remarkable; who approves. */
export function RunNewPage() {
  const days = useQuery('billing.dayState', {}, { topics: ['billing-day'] });
  const today = days.data?.today;
  return today === undefined ? (
    <PageHead title="New billing run" />
  ) : (
    <Scope today={today} closedUntil={days.data?.closedUntil ?? null} />
  );
}

function Scope({ today, closedUntil }: { today: string; closedUntil: string | null }) {
  const [, navigate] = useLocation();
  const may = useMay('billing.write');
  const period = usePeriod(today);
  const [query, setQuery] = useAddressParam('query');
  const [currency, setCurrency] = useAddressParam('currency', ALL);
  const [percent, setPercent] = useState('20');
  const [limit, setLimit] = useState('');
  const [people, setPeople] = useState<'one' | 'two'>('one');
  const create = useCommand('runs.runCreate');
  const counted = useQuery('customers.customerList', { query, limit: 0 }, { topics: ['customer'] });
  const limitMinor = limitOf(limit);
  const changePercent = Number(percent.replace(',', '.'));
  const last = addDays(period.endExclusive, -1);
  const off =
    period.endExclusive <= period.start
      ? 'The last day comes before the first'
      : counted.error
        ? 'The query is not understood'
        : counted.data?.total === 0
          ? 'No customer fits the query'
          : !(changePercent >= 0 && changePercent <= 1000)
            ? 'Write a change in per cent, 0 to 1000'
            : limitMinor === undefined
              ? 'Write the limit as an amount, such as 5000.00'
              : null;
  const prepare = async (): Promise<void> => {
    const made = await create.run({
      periodStart: period.start,
      periodEndExclusive: period.endExclusive,
      ...(currency !== ALL && { currency: currency as Currency }),
      query,
      changePercent,
      limitMinor: limitMinor ?? null,
      twoPeople: people === 'two',
    });
    if (made) navigate(`/runs/${made.runId}`);
  };
  return (
    <>
      <PageHead title="New billing run" />
      <RunSteps run={null} />
      <div className="ik-page">
        <Panel title="Period" pad>
          <div className="ik-row" style={{ gap: 16, alignItems: 'flex-end' }}>
            <Segments
              label="Kind of period"
              value={period.isMonth ? 'month' : 'days'}
              options={[
                { value: 'month', label: 'A month' },
                { value: 'days', label: 'From a day to a day' },
              ]}
              onChange={(kind) => {
                period.setTo(kind === 'month' ? '' : last);
              }}
            />
            {period.isMonth ? (
              <MonthField
                label="Month"
                value={period.start}
                onChange={(month) => {
                  if (month !== null) period.setFrom(month);
                }}
              />
            ) : (
              <>
                <DateField
                  label="First day"
                  value={period.start}
                  onChange={(day) => {
                    if (day !== null) period.setFrom(day);
                  }}
                />
                <DateField
                  label="Last day"
                  value={last}
                  onChange={(day) => {
                    if (day !== null) period.setTo(day);
                  }}
                />
              </>
            )}
            <SelectField
              label="Currency"
              data={[
                { value: ALL, label: 'All currencies' },
                ...Object.keys(CURRENCIES).map((each) => ({ value: each, label: each })),
              ]}
              value={currency}
              onChange={(chosen) => {
                setCurrency(chosen ?? ALL);
              }}
            />
          </div>
          {closedUntil === null || closedUntil < last ? (
            <Note tone="warn">
              {closedUntil === null
                ? 'No day is charged yet'
                : `Days are charged until ${formatDay(closedUntil)}`}
              : a run wants all days of its period charged.
            </Note>
          ) : null}
        </Panel>
        <Panel
          title="Customers"
          meta={
            counted.data
              ? `${formatCount(counted.data.total)} ${query === '' ? 'in all' : 'fit the query'}`
              : undefined
          }
          pad
        >
          <QueryBar
            value={query}
            onChange={setQuery}
            fields={FIELDS}
            placeholder="all of them; or country, currency, name…"
          />
          {counted.error ? <Note tone="bad">{counted.error.sentence}</Note> : null}
        </Panel>
        <Panel title="What to look at" pad>
          <div className="ik-row" style={{ gap: 16, alignItems: 'flex-end' }}>
            <TextField
              label="Changed by more than"
              unit="%"
              value={percent}
              onChange={(event) => {
                setPercent(event.currentTarget.value);
              }}
            />
            <TextField
              label="Invoice over (gross)"
              description="Of any currency; empty: no limit"
              value={limit}
              onChange={(event) => {
                setLimit(event.currentTarget.value);
              }}
            />
            <span>
              <Segments
                label="Who approves"
                value={people}
                options={[
                  { value: 'one', label: 'One person' },
                  { value: 'two', label: 'A second person' },
                ]}
                onChange={setPeople}
              />
            </span>
          </div>
        </Panel>
        {create.error ? <Note tone="bad">{create.error.sentence}</Note> : null}
        <div className="ik-row">
          <ActionButton
            kind="primary"
            busy={create.pending}
            reason={may ?? off}
            onClick={() => void prepare()}
          >
            Preview it
          </ActionButton>
          <Button
            kind="ghost"
            onClick={() => {
              navigate('/runs');
            }}
          >
            Cancel
          </Button>
          <span className="ik-t2 ik-sm">Nothing is posted by a preview.</span>
        </div>
      </div>
    </>
  );
}
