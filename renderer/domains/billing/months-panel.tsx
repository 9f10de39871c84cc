import { Link } from 'wouter';
import IconChartBar from '@tabler/icons-react/dist/esm/icons/IconChartBar.mjs';
import type { ResultOf } from '../../client/operation-types.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { Segments } from '../../ui/chips.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { Panel } from '../../ui/panel.tsx';
import { RevenueChart } from '../../ui/revenue-chart.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { companyAsked } from '../companies/company-choice.tsx';

type OfCurrency = ResultOf<'billing.booksByMonth'>['currencies'][number];
type Month = OfCurrency['months'][number];

const MONTHS = 13;
const THOUSANDS_FROM = 20_000;
const COLUMNS: readonly (readonly [key: Exclude<keyof Month, 'month' | 'final'>, title: string])[] = [
  ['revenue', 'Revenue'],
  ['invoiced', 'Invoiced'],
  ['credited', 'Credited'],
  ['paid', 'Paid'],
  ['writtenOff', 'Written off'],
  ['receivables', 'Receivables'],
  ['overdue', 'Overdue'],
];

const shortName = new Intl.DateTimeFormat('en-US', { month: 'short', timeZone: 'UTC' });
const longName = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });
const dateOf = (month: string): Date => new Date(`${month}-01T00:00:00Z`);
/** For the chart only: a float is good enough for a bar. */
const major = (money: Month['revenue']): number => Number(money.amountMinor) / 100;

function Chart({ shown }: { shown: OfCurrency }) {
  const { months, currency } = shown;
  const drawn = months.flatMap((month) => [month.revenue, month.receivables]);
  const by = drawn.some((money) => major(money) >= THOUSANDS_FROM) ? 1000 : 1;
  return (
    <RevenueChart
      label={`Revenue, receivables and overdue by month, in ${by === 1 ? '' : 'thousand '}${currency}`}
      barLabel={`Revenue, ${by === 1 ? '' : 'thousand '}${currency}`}
      bars={months.map((month) => ({
        label: shortName.format(dateOf(month.month)),
        value: Math.max(0, major(month.revenue)) / by,
        draft: !month.final,
      }))}
      lines={[
        { label: 'Receivables', values: months.map((month) => major(month.receivables) / by), colour: 2 },
        { label: 'Overdue', values: months.map((month) => major(month.overdue) / by), colour: 3 },
      ]}
    />
  );
}

function MonthRow({ month }: { month: Month }) {
  return (
    <tr>
      <td>
        {longName.format(dateOf(month.month))}
        {month.final ? null : <span className="ik-t3"> draft</span>}
      </td>
      {COLUMNS.map(([key]) => (
        <td key={key} className={key === 'receivables' ? 'ik-num ik-med' : 'ik-num'}>
          {month[key].amountMinor === '0' ? (
            <span className="ik-t3">–</span>
          ) : (
            <MoneyText money={month[key]} withoutCurrency />
          )}
        </td>
      ))}
    </tr>
  );
}

/** Revenue and receivables by month, as a chart and as figures that foot, in one currency at a time. */
export function MonthsPanel({ companyId }: { companyId?: string | undefined }) {
  const found = useQuery(
    'billing.booksByMonth',
    { months: MONTHS, ...companyAsked(companyId) },
    { topics: ['invoice', 'payment', 'billing-day', 'charge'] },
  );
  const [chosen, setChosen] = useAddressParam('currency');
  const currencies = found.data?.currencies ?? [];
  const shown = currencies.find(({ currency }) => currency === chosen) ?? currencies[0];
  return (
    <Panel
      title="Revenue and receivables by month"
      meta="revenue net, by day of supply; the rest with VAT"
      actions={
        currencies.length > 1 && shown ? (
          <Segments
            label="Currency"
            value={shown.currency}
            options={currencies.map(({ currency }) => ({ value: currency, label: currency }))}
            onChange={setChosen}
          />
        ) : undefined
      }
    >
      {found.error && !found.data ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {!found.data && !found.error ? <Skeleton rows={6} /> : null}
      {found.data && !shown ? (
        <EmptyState
          icon={IconChartBar}
          title="Nothing was booked yet"
          action={
            <Link href="/subscriptions" className="ik-link">
              Subscriptions
            </Link>
          }
        >
          What each month earned and what was owed at its end stands here once a day is charged.
        </EmptyState>
      ) : null}
      {shown ? (
        <>
          <Chart shown={shown} />
          <table className="ik-tb">
            <colgroup>
              <col />
              {COLUMNS.map(([key]) => (
                <col key={key} style={{ width: 108 }} />
              ))}
            </colgroup>
            <thead>
              <tr>
                <th>{shown.currency}</th>
                {COLUMNS.map(([key, title]) => (
                  <th key={key} className="ik-num">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.months.toReversed().map((month) => (
                <MonthRow key={month.month} month={month} />
              ))}
            </tbody>
          </table>
        </>
      ) : null}
    </Panel>
  );
}
