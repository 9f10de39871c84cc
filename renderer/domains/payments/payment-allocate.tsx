import { Link } from 'wouter';
import type { PaymentDetail } from '../../../shared/domains/payments/payments-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount, formatDay } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';

const SHOWN = 20;

/** The customer's open invoices that the rest of a payment can be put on, each with a button. */
export function AllocatePanel({ payment }: { payment: PaymentDetail }) {
  const { currency, amountMinor: left } = payment.unallocated;
  const query = `customerid:${payment.customerId} currency:${currency} (state:open OR state:overdue)`;
  const found = useQuery(
    'billing.invoiceList',
    { query, sort: 'due', direction: 'asc', limit: SHOWN },
    { topics: ['invoice', 'payment'] },
  );
  const allocate = useCommand('payments.paymentAllocate');
  const put = async (invoice: { id: string; number: string }, open: string): Promise<void> => {
    const amountMinor = BigInt(open) < BigInt(left) ? open : left;
    const done = await allocate.run({
      paymentId: payment.id,
      allocations: [{ invoiceId: invoice.id, amountMinor }],
    });
    if (done) toast('ok', 'Put on the invoice', invoice.number);
  };
  const rows = found.data?.rows ?? [];
  return (
    <section>
      <h3>
        Put the rest on an invoice{' '}
        <span className="ik-meta">
          <MoneyText money={payment.unallocated} />
        </span>
      </h3>
      {allocate.error ? <Note tone="bad">{allocate.error.sentence}</Note> : null}
      {!found.data && !found.error ? <Skeleton rows={3} /> : null}
      {found.error && !found.data ? (
        <ErrorPanel title="The open invoices could not be read" error={found.error} onRetry={found.refetch} />
      ) : null}
      {found.data && rows.length === 0 ? (
        <p className="ik-none">
          The customer has no open invoice in {currency}: the rest waits for the next one.
        </p>
      ) : null}
      {rows.length === 0 ? null : (
        <table className="ik-tb">
          <thead>
            <tr>
              <th>Invoice</th>
              <th>Due</th>
              <th className="ik-num">Open</th>
              <th>
                <span className="ik-sr">Put on it</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((invoice) => (
              <tr key={invoice.id}>
                <td>
                  <Link href={`/invoices/${invoice.id}`} className="ik-link">
                    {invoice.number}
                  </Link>
                </td>
                <td className="ik-tn">{formatDay(invoice.dueOn)}</td>
                <td className="ik-num">
                  <MoneyText money={invoice.open} />
                </td>
                <td className="ik-num">
                  <Button
                    size="sm"
                    busy={allocate.pending}
                    onClick={() => void put(invoice, invoice.open.amountMinor)}
                  >
                    Put on it<span className="ik-sr">: {invoice.number}</span>
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {found.data && found.data.total > rows.length ? (
        <p className="ik-sm">
          <Link href={`/invoices?query=${encodeURIComponent(query)}`} className="ik-link">
            All {formatCount(found.data.total)} open invoices
          </Link>
          , these are due first.
        </p>
      ) : null}
    </section>
  );
}
