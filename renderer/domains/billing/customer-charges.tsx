import { useState } from 'react';
import { Link } from 'wouter';
import type { Currency } from '../../../shared/kernel/money.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';
import { Pager, usePager } from '../../ui/pager.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { ChargeByHandDialog } from './charge-by-hand-dialog.tsx';

const SHOWN = 12;
/** Lines charged by hand, in the customer's detail, and where one is written. */
export function CustomerCharges(props: { customerId: string; currency: Currency; mayBill: string | null }) {
  const { customerId } = props;
  const [isAsked, setAsked] = useState(false);
  const pager = usePager(customerId);
  const found = useQuery(
    'billing.chargeByHandList',
    { customerId, limit: SHOWN, ...(pager.cursor !== undefined && { cursor: pager.cursor }) },
    { topics: ['charge', 'invoice'] },
  );
  const rows = found.data?.rows ?? [];
  return (
    <section>
      <h3>
        Charged by hand
        <span className="ik-end">
          <ActionButton
            size="sm"
            reason={props.mayBill}
            onClick={() => {
              setAsked(true);
            }}
          >
            Charge by hand…
          </ActionButton>
        </span>
      </h3>
      {found.error && !found.data ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {!found.data && !found.error ? <Skeleton rows={3} /> : null}
      {found.data?.total === 0 ? (
        <p className="ik-none">Nothing: all that is charged comes from plans.</p>
      ) : null}
      {rows.length === 0 ? null : (
        <table className="ik-tb">
          <colgroup>
            <col style={{ width: 92 }} />
            <col />
            <col style={{ width: 108 }} />
            <col style={{ width: 108 }} />
          </colgroup>
          <thead>
            <tr>
              <th>Day</th>
              <th>What</th>
              <th className="ik-num">Net</th>
              <th>Invoice</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.chargeId}>
                <td className="ik-tn">{formatDay(row.day)}</td>
                <td
                  className="ik-el"
                  title={`${row.description}, ${row.reference}: ${row.reason} (${row.by})`}
                >
                  {row.description} <span className="ik-t3">{row.reference}</span>
                </td>
                <td className="ik-num">
                  <MoneyText money={row.amount} />
                </td>
                <td>
                  {row.invoiceId === null ? (
                    <span className="ik-t3">with the next</span>
                  ) : (
                    <Link href={`/invoices/${row.invoiceId}`} className="ik-link">
                      {row.invoice}
                    </Link>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {found.data ? <Pager {...found.data} pager={pager} shown={rows.length} many="charges by hand" /> : null}
      {isAsked ? (
        <ChargeByHandDialog
          customerId={customerId}
          currency={props.currency}
          onClose={() => {
            setAsked(false);
          }}
        />
      ) : null}
    </section>
  );
}
