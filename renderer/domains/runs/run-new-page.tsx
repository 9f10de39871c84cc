import './runs.css';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { currencyOfCountry } from '../../../shared/domains/customers/country-currency.ts';
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
import { AmountField } from '../../ui/amount-field.tsx';
import { ActionButton, Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/chips.tsx';
import { DateField, MonthField } from '../../ui/date-field.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { SelectField } from '../../ui/form-field.tsx';
import { formatDay } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScopePanel } from '../../ui/scope-panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { readMoney, readNumber } from '../../ui/typed-amount.ts';
import { useDayState } from '../billing/use-day-state.ts';
import { CompanyChoice, useCompanyChoice, type CompanyChoiceState } from '../companies/company-choice.tsx';
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

/** Whether the last run of a company was approved by a second person: the next one is so, too, unless somebody says otherwise. */
function useApprovalBefore(companyId: string | undefined): 'one' | 'two' {
  const last = useQuery(
    'runs.runList',
    companyId === undefined ? null : { query: `companyid:${companyId}`, limit: 1, direction: 'desc' },
    { topics: ['run'] },
  );
  return last.data?.rows[0]?.twoPeople === true ? 'two' : 'one';
}

/** What is typed that no address keeps; it stays when another company is chosen. */
function useTyped() {
  const [percent, setPercent] = useState('20');
  const [limit, setLimit] = useState('');
  const [chosenPeople, setPeople] = useState<'one' | 'two' | null>(null);
  return { percent, setPercent, limit, setLimit, chosenPeople, setPeople };
}

/** The scope of a new run: whose, period, currency, customers by query; what is remarkable; who approves. */
export function RunNewPage() {
  const choice = useCompanyChoice();
  const days = useDayState(choice.companyId);
  const typed = useTyped();
  return (
    <>
      <PageHead title="New billing run" actions={<CompanyChoice choice={choice} />} />
      <RunSteps run={null} />
      {days.data ? (
        <Scope today={days.data.today} closedUntil={days.data.closedUntil} company={choice} typed={typed} />
      ) : days.error ? (
        <ErrorPanel title="The days could not be read" error={days.error} onRetry={days.refetch} />
      ) : (
        <Skeleton rows={8} />
      )}
    </>
  );
}

function Scope(props: {
  today: string;
  closedUntil: string | null;
  company: CompanyChoiceState;
  typed: ReturnType<typeof useTyped>;
}) {
  const { today, closedUntil, company } = props;
  const { percent, setPercent, limit, setLimit, chosenPeople, setPeople } = props.typed;
  const ownId = company.companyId ?? company.companies.find(({ isDefault }) => isDefault)?.id;
  const [, navigate] = useLocation();
  const may = useMay('billing.write');
  const period = usePeriod(today);
  const [query, setQuery] = useAddressParam('query');
  const [currency, setCurrency] = useAddressParam('currency', ALL);
  const before = useApprovalBefore(ownId);
  const people = chosenPeople ?? before;
  const create = useCommand('runs.runCreate');
  const counted = useQuery(
    'customers.customerList',
    ownId === undefined ? null : { query, limit: 0, companyId: ownId },
    { topics: ['customer'] },
  );
  const own = company.companies.find(({ id }) => id === ownId);
  const limitCurrency = currency === ALL ? currencyOfCountry(own?.country ?? '') : (currency as Currency);
  const limitRead = limit.trim() === '' ? null : readMoney(limit, limitCurrency);
  const percentRead = readNumber(percent, { decimals: 1, digits: 4 });
  const changePercent = percentRead.ok ? Number(percentRead.plain) : Number.NaN;
  const last = addDays(period.endExclusive, -1);
  const off =
    period.endExclusive <= period.start
      ? 'The last day comes before the first'
      : counted.error
        ? 'The query is not understood'
        : counted.data?.total === 0
          ? 'No customer of the company fits the query'
          : !(changePercent >= 0 && changePercent <= 1000)
            ? 'Write a change in per cent, 0 to 1000'
            : limitRead?.ok === false
              ? limitRead.fault
              : null;
  const prepare = async (): Promise<void> => {
    const made = await create.run({
      ...(company.companyId !== undefined && { companyId: company.companyId }),
      periodStart: period.start,
      periodEndExclusive: period.endExclusive,
      ...(currency !== ALL && { currency: currency as Currency }),
      query,
      changePercent,
      limitMinor: limitRead?.ok === true ? limitRead.amountMinor.toString() : null,
      // Not said: as the last run of the company, whatever the page has read of it.
      ...(chosenPeople !== null && { twoPeople: chosenPeople === 'two' }),
    });
    if (made) navigate(`/runs/${made.runId}`);
  };
  return (
    <div className="ik-page">
      <Panel title="Period" pad>
        <div className="ik-row" style={{ gap: 16, alignItems: 'flex-end', flexWrap: 'wrap' }}>
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
      <ScopePanel
        title="Customers"
        query={query}
        onChange={setQuery}
        fields={FIELDS}
        placeholder="all of them; or country, currency, name…"
        total={counted.data?.total}
        error={counted.error}
      />
      <Panel title="What to look at" pad>
        <div className="ik-row" style={{ gap: 16, alignItems: 'flex-start' }}>
          <AmountField
            label="Changed by more than"
            unit="%"
            value={percent}
            onChange={setPercent}
            fault={percentRead.ok ? null : percentRead.fault}
          />
          <AmountField
            label="Invoice over (gross)"
            description={
              currency === ALL
                ? 'Other currencies by the rates of the period’s end; empty: none'
                : 'Empty: none'
            }
            value={limit}
            onChange={setLimit}
            fault={limitRead?.ok === false ? limitRead.fault : null}
            unit={limitCurrency}
          />
          <div className="ik-run-people-choice">
            <span aria-hidden>Who approves</span>
            <Segments
              label="Who approves"
              value={people}
              options={[
                { value: 'one', label: 'One person' },
                { value: 'two', label: 'A second person' },
              ]}
              onChange={setPeople}
            />
          </div>
        </div>
        {before === 'two' && people === 'one' ? (
          <Note tone="warn">
            The last run was approved by a second person; this one, and those after it, would not be.
          </Note>
        ) : null}
      </Panel>
      {create.error ? <Note tone="bad">{create.error.sentence}</Note> : null}
      <div className="ik-row">
        <ActionButton kind="primary" busy={create.pending} reason={may ?? off} onClick={() => void prepare()}>
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
  );
}
