import './billing.css';
import { Link } from 'wouter';
import { useQuery } from '../../client/use-query.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatCount, formatDay } from '../../ui/format.ts';
import { InvoiceStateLabel } from './invoice-state.tsx';

const SHOWN = 12;

/** The last invoices of a customer, in the customer's detail. */
export function CustomerInvoices({ customerId }: { customerId: string }) {
  const query = `customerid:${customerId}`;
  const found = useQuery('billing.invoiceList', { query, sort: 'number', direction: 'desc', limit: SHOWN });
  const rows = found.data?.rows ?? [];
  return (
    <section>
      <h3>
        Invoices <span className="ik-meta ik-tn">{found.data ? formatCount(found.data.total) : ''}</span>
        {rows.length > 0 ? (
          <Link href={`/invoices?query=${encodeURIComponent(query)}`} className="ik-link ik-end ik-xs">
            Open in the list
          </Link>
        ) : null}
      </h3>
      {found.error && !found.data ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : null}
      {found.data && rows.length === 0 ? <p className="ik-none">Nothing was invoiced yet.</p> : null}
      {rows.length === 0 ? null : (
        <table className="ik-tb">
          <colgroup>
            <col style={{ width: 116 }} />
            <col style={{ width: 92 }} />
            <col style={{ width: 88 }} />
            <col />
            <col style={{ width: 76 }} />
          </colgroup>
          <thead>
            <tr>
              <th>Number</th>
              <th>Issued</th>
              <th>State</th>
              <th className="ik-num">Gross</th>
              <th className="ik-num">Open</th>
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
                <td className="ik-tn">{formatDay(invoice.issuedOn)}</td>
                <td>
                  <InvoiceStateLabel invoice={invoice} />
                </td>
                <td className="ik-num">
                  <MoneyText money={invoice.gross} />
                </td>
                <td className="ik-num">
                  <MoneyText money={invoice.open} withoutCurrency />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
