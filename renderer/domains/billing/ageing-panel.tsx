import { Link } from 'wouter';
import IconHourglass from '@tabler/icons-react/dist/esm/icons/IconHourglass.mjs';
import type { ResultOf } from '../../client/operation-types.ts';
import { useQuery } from '../../client/use-query.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatCount, formatDay } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { companyAsked } from '../companies/company-choice.tsx';

type Ageing = ResultOf<'billing.ageing'>;
type Aged = Ageing['totals'][number];

const SHOWN = 20;
const BUCKETS: readonly (readonly [key: keyof Aged, title: string])[] = [
  ['notDue', 'Not due'],
  ['to30', '1–30 days'],
  ['to60', '31–60'],
  ['to90', '61–90'],
  ['over90', 'Over 90'],
  ['credit', 'Credit'],
  ['total', 'Total'],
];

function Amounts({ of }: { of: Aged }) {
  return BUCKETS.map(([key]) => (
    <td key={key} className="ik-num">
      {of[key].amountMinor === '0' ? (
        <span className="ik-t3">–</span>
      ) : (
        <MoneyText money={of[key]} withoutCurrency />
      )}
    </td>
  ));
}

/** What is owed by how long it is overdue: per currency, and the customers with most overdue. */
export function AgeingPanel({ companyId }: { companyId?: string | undefined }) {
  const found = useQuery(
    'billing.ageing',
    { limit: SHOWN, ...companyAsked(companyId) },
    { topics: ['invoice', 'payment', 'billing-day'] },
  );
  const ageing = found.data;
  return (
    <Panel
      title="Ageing"
      meta={
        ageing
          ? `of ${formatCount(ageing.customers)} customers at the end of ${formatDay(ageing.asOf)}`
          : undefined
      }
    >
      {found.error && !ageing ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {!ageing && !found.error ? <Skeleton rows={3} /> : null}
      {ageing?.totals.length === 0 ? (
        <EmptyState icon={IconHourglass} title="Nobody owes anything">
          What is invoiced and not paid stands here, by how long it is overdue.
        </EmptyState>
      ) : null}
      {ageing && ageing.totals.length > 0 ? (
        <table className="ik-tb">
          <colgroup>
            <col />
            {BUCKETS.map(([key]) => (
              <col key={key} style={{ width: 104 }} />
            ))}
          </colgroup>
          <thead>
            <tr>
              <th>Customer</th>
              {BUCKETS.map(([key, title]) => (
                <th key={key} className="ik-num">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ageing.rows.map((row) => (
              <tr key={`${row.customerId} ${row.total.currency}`}>
                <td>
                  <Link href={`/customers/${row.customerId}`} className="ik-link">
                    {row.customer}
                  </Link>{' '}
                  <span className="ik-t3">{row.total.currency}</span>
                </td>
                <Amounts of={row} />
              </tr>
            ))}
          </tbody>
          <tfoot>
            {ageing.totals.map((total) => (
              <tr key={total.total.currency}>
                <td>Total {total.total.currency}</td>
                <Amounts of={total} />
              </tr>
            ))}
          </tfoot>
        </table>
      ) : null}
    </Panel>
  );
}
