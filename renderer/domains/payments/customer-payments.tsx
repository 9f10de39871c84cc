import { useState } from 'react';
import { Link } from 'wouter';
import type { PaymentRow } from '../../../shared/domains/payments/payments-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatCount, formatDay } from '../../ui/format.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { PaymentRefundDialog } from './payment-refund-dialog.tsx';

const SHOWN = 8;

/** Payments of a customer of which something stands on no invoice, in the customer's detail: it is put on one, or paid back. */
export function CustomerPayments({ customerId, mayBill }: { customerId: string; mayBill: string | null }) {
  const [asked, setAsked] = useState<PaymentRow | null>(null);
  const query = `customerid:${customerId} state:unallocated`;
  const found = useQuery(
    'payments.paymentList',
    { query, sort: 'received', direction: 'desc', limit: SHOWN },
    { topics: ['payment', 'invoice'] },
  );
  const rows = found.data?.rows ?? [];
  return (
    <section>
      <h3>
        Money on no invoice{' '}
        <span className="ik-meta ik-tn">{found.data ? formatCount(found.data.total) : ''}</span>
        <Link
          href={`/payments?query=${encodeURIComponent(`customerid:${customerId}`)}`}
          className="ik-link ik-end ik-xs"
        >
          All payments
        </Link>
      </h3>
      {found.error && !found.data ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {!found.data && !found.error ? <Skeleton rows={1} /> : null}
      {found.data && rows.length === 0 ? (
        <p className="ik-none">All that was paid stands on invoices.</p>
      ) : null}
      {rows.length === 0 ? null : (
        <table className="ik-tb">
          <thead>
            <tr>
              <th>Payment</th>
              <th>Received</th>
              <th className="ik-num">Left</th>
              <th>
                <span className="ik-sr">Pay it back</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((payment) => (
              <tr key={payment.id}>
                <td>
                  <Link href={`/payments/${payment.id}`} className="ik-link">
                    {payment.reference}
                  </Link>
                </td>
                <td className="ik-tn">{formatDay(payment.receivedOn)}</td>
                <td className="ik-num">
                  <MoneyText money={payment.unallocated} />
                </td>
                <td className="ik-num">
                  <ActionButton
                    size="sm"
                    kind="ghost"
                    reason={mayBill}
                    onClick={() => {
                      setAsked(payment);
                    }}
                  >
                    Pay back…<span className="ik-sr"> {payment.reference}</span>
                  </ActionButton>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {asked ? (
        <PaymentRefundDialog
          payment={asked}
          onClose={() => {
            setAsked(null);
          }}
        />
      ) : null}
    </section>
  );
}
