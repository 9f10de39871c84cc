import './billing.css';
import { useLocation, useParams } from 'wouter';
import IconFileInvoice from '@tabler/icons-react/dist/esm/icons/IconFileInvoice.mjs';
import { INVOICE_STATES } from '../../../shared/domains/billing/invoice-state-rules.ts';
import { CURRENCIES } from '../../../shared/kernel/money.ts';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { ListPage } from '../../ui/list-page.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { SavedQueryBar } from '../queries/saved-query-bar.tsx';
import { FirstSteps } from './first-steps.tsx';
import { invoiceColumns } from './invoice-columns.tsx';
import { InvoiceDetail } from './invoice-detail.tsx';

const FIELDS: readonly QueryField[] = [
  { name: 'state', hint: 'open, overdue, paid, credited, …', values: INVOICE_STATES },
  {
    name: 'type',
    hint: 'invoice, credit-note or advance-invoice',
    values: ['invoice', 'credit-note', 'advance-invoice'],
  },
  { name: 'customer', hint: 'a part of the name' },
  { name: 'number', hint: 'a part of the number' },
  { name: 'amount', hint: 'gross: 1711.18, or >1000' },
  { name: 'net', hint: 'without VAT: 1391.20' },
  { name: 'open', hint: 'what is owed: open>0' },
  { name: 'issued', hint: '2026-08, or a day' },
  { name: 'due', hint: '2026-09, or a day' },
  { name: 'currency', hint: 'EUR, PLN, …', values: Object.keys(CURRENCIES) },
];
const TOPICS = ['invoice', 'payment'];

/** Invoices by query, newest number first, and one of them beside the list as it was issued. */
export function InvoiceListPage() {
  const { invoiceId } = useParams<{ invoiceId?: string }>();
  const [, navigate] = useLocation();
  const list = useList('billing.invoiceList', { sort: 'number', direction: 'desc', topics: TOPICS });
  return (
    <ListPage
      wide
      path="/invoices"
      one="invoice"
      many="invoices"
      icon={IconFileInvoice}
      list={list}
      columns={invoiceColumns}
      fields={FIELDS}
      placeholder="number, name or amount; state, issued…"
      chips={<SavedQueryBar list="invoices" op="billing.invoiceList" topics={TOPICS} />}
      create={{
        words: 'New invoice',
        reason: useMay('billing.write'),
        run: () => {
          navigate('/invoices/new');
        },
      }}
      empty={<FirstSteps step="invoice" />}
      noMatch={
        list.query === 'state:overdue'
          ? 'Nothing is overdue: every invoice is paid or not due yet.'
          : 'Nothing fits this query now.'
      }
      shownId={invoiceId}
      detail={(id, beside) => <InvoiceDetail key={id} invoiceId={id} {...beside} />}
    />
  );
}
