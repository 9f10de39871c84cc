import './billing.css';
import { useState } from 'react';
import { useLocation } from 'wouter';
import IconFileInvoice from '@tabler/icons-react/dist/esm/icons/IconFileInvoice.mjs';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import { addDays, addMonths, firstOfMonth, localDate } from '../../../shared/kernel/local-date.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/chips.tsx';
import { DateField, MonthField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { SelectField } from '../../ui/form-field.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay, formatMinor } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { CustomerField } from '../customers/customer-field.tsx';
import { InvoiceLines, InvoiceTotals } from './invoice-lines.tsx';
import { SettledAdvances } from './settled-advances.tsx';
import { periodWords } from './period-words.ts';
import { RefusalNote } from './refusal-note.tsx';
import { useDayState } from './use-day-state.ts';

type DayState = ResultOf<'billing.dayState'>;
interface Scope {
  customerId: string;
  periodStart: LocalDate;
  periodEndExclusive: LocalDate;
  productIds?: string[];
}

/** In the address, for lines by hand that are of no product. */
const NO_PRODUCT = 'none';

/** What may change a preview: the charges, what is invoiced already, and the data of both sides. */
const PREVIEW_TOPICS = ['product', 'billing-day', 'invoice', 'customer', 'company', 'subscription'];

function isDay(text: string): text is LocalDate {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Period and customer, kept in the address: `?customer=…&from=2026-08-01&to=2026-08-31` (the last day included). */
function useScope(days: DayState) {
  const lastMonth = addMonths(firstOfMonth(localDate(days.today)), -1);
  const [customer, setCustomer] = useAddressParam('customer');
  const [from, setFrom] = useAddressParam('from', lastMonth);
  const [to, setTo] = useAddressParam('to', '');
  const [product, setProduct] = useAddressParam('product', '');
  const start = isDay(from) ? from : lastMonth;
  const wholeMonth = to === '' && start === firstOfMonth(start);
  const endExclusive = isDay(to) ? addDays(to, 1) : addMonths(firstOfMonth(start), 1);
  return { customer, setCustomer, start, endExclusive, wholeMonth, product, setProduct, setFrom, setTo };
}

function Preview({ scope, days }: { scope: Scope; days: DayState }) {
  const [, navigate] = useLocation();
  const [asked, setAsked] = useState(false);
  const preview = useQuery('billing.invoicePreview', scope, { topics: PREVIEW_TOPICS });
  const customer = useQuery('customers.customerGet', { customerId: scope.customerId }).data;
  const create = useCommand('billing.invoiceCreate');
  const environment = useEnvironmentName();
  const may = useMay('billing.write');
  // After a refusal the last good preview is of something else.
  const body = preview.error ? undefined : preview.data;
  const issue = async (): Promise<void> => {
    const issued = await create.run(scope);
    if (!issued) return;
    toast(
      'ok',
      `Issued ${issued.number}`,
      `${formatMinor(issued.gross.amountMinor)} ${issued.gross.currency}`,
    );
    navigate(`/invoices/${issued.invoiceId}`);
  };
  if (preview.error) {
    return (
      <Panel title="Preview" pad>
        <RefusalNote run={preview} customerId={scope.customerId} />
        <UpToClosed scope={scope} days={days} refusal={preview.refusal} />
      </Panel>
    );
  }
  if (!body) return <Skeleton rows={8} />;
  const period = periodWords(scope.periodStart, scope.periodEndExclusive);
  return (
    <>
      <Panel title="Preview" meta={`${period}, nothing is written yet`}>
        <InvoiceLines lines={body.lines} />
      </Panel>
      <Panel title="VAT and totals" meta={body.gross.currency}>
        <InvoiceTotals body={body} />
      </Panel>
      {body.settles.length === 0 ? null : (
        <Panel title="Advances it settles" meta={body.due.currency}>
          <SettledAdvances settles={body.settles} due={body.due} />
        </Panel>
      )}
      {body.warnings.map((warning) => (
        <Note key={warning} tone="warn">
          {warning}
        </Note>
      ))}
      <div className="ik-row">
        <ActionButton
          kind="primary"
          icon={IconFileInvoice}
          reason={may}
          onClick={() => {
            create.reset();
            setAsked(true);
          }}
        >
          Issue…
        </ActionButton>
        <span className="ik-t2 ik-sm">It gets its number when it is issued.</span>
      </div>
      {asked ? (
        <ConfirmDialog
          title="Issue the invoice"
          environment={environment}
          action={`Issue over ${formatMinor(body.gross.amountMinor)} ${body.gross.currency}`}
          busy={create.pending}
          problem={create.error?.sentence}
          onConfirm={() => void issue()}
          onClose={() => {
            setAsked(false);
          }}
        >
          <KeyValues
            facts={[
              { label: 'Customer', value: customer?.name ?? '…' },
              { label: 'Period', value: period },
              { label: 'Net', value: <MoneyText money={body.net} /> },
              { label: 'VAT', value: <MoneyText money={body.vat} /> },
              { label: 'Gross', value: <MoneyText money={body.gross} /> },
              ...(body.settles.length === 0
                ? []
                : [{ label: 'Left to pay', value: <MoneyText money={body.due} /> }]),
            ]}
          />
          <p className="ik-sm" style={{ marginTop: 8 }}>
            It gets the next number, is posted to the ledger and is final: it cannot be changed or deleted,
            only corrected by another document.
          </p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}

/** Where the period is closed in part: the way to invoice that part now. */
function UpToClosed(props: { scope: Scope; days: DayState; refusal: string | null }) {
  const [, navigate] = useLocation();
  const { closedUntil } = props.days;
  const { scope } = props;
  if (props.refusal !== 'period-open' || closedUntil === null || closedUntil < scope.periodStart) return null;
  const end = addDays(localDate(closedUntil), 1);
  return (
    <div className="ik-row" style={{ marginTop: 8 }}>
      <Button
        size="sm"
        onClick={() => {
          const [productId] = scope.productIds ?? [];
          const of = productId === undefined ? '' : `&product=${productId === '' ? NO_PRODUCT : productId}`;
          navigate(
            `/invoices/new?customer=${scope.customerId}&from=${scope.periodStart}&to=${closedUntil}${of}`,
          );
        }}
      >
        Invoice {periodWords(scope.periodStart, end)} instead
      </Button>
      <span className="ik-sm ik-t2">Days are closed until {formatDay(closedUntil)}.</span>
    </div>
  );
}

function Draft({ days }: { days: DayState }) {
  const scope = useScope(days);
  const products = useQuery('catalog.productList', {}, { topics: ['product'] });
  const [, navigate] = useLocation();
  const goTo = (from: string, to: string): void => {
    const params = new URLSearchParams({ customer: scope.customer, from });
    if (to !== '') params.set('to', to);
    if (scope.product !== '') params.set('product', scope.product);
    navigate(`/invoices/new?${params.toString()}`, { replace: true });
  };
  const lastDay = addDays(scope.endExclusive, -1);
  return (
    <div className="ik-draft">
      <Panel title="What is invoiced" pad>
        <div className="ik-fields" style={{ marginTop: 0 }}>
          <CustomerField
            label="Customer"
            value={scope.customer || null}
            onChange={(id) => {
              scope.setCustomer(id ?? '');
            }}
          />
          <div>
            <Segments
              label="Period"
              value={scope.wholeMonth ? 'month' : 'days'}
              options={[
                { value: 'month', label: 'A month' },
                { value: 'days', label: 'Other days' },
              ]}
              onChange={(kind) => {
                goTo(
                  kind === 'month' ? firstOfMonth(scope.start) : scope.start,
                  kind === 'month' ? '' : lastDay,
                );
              }}
            />
          </div>
          {scope.wholeMonth ? (
            <MonthField
              label="Month"
              value={scope.start}
              onChange={(month) => {
                if (month) goTo(month, '');
              }}
            />
          ) : (
            <>
              <DateField
                label="First day"
                value={scope.start}
                onChange={(day) => {
                  if (day) goTo(day, day > lastDay ? day : lastDay);
                }}
              />
              <DateField
                label="Last day"
                value={lastDay}
                onChange={(day) => {
                  if (day) goTo(day < scope.start ? day : scope.start, day);
                }}
              />
            </>
          )}
          <SelectField
            label="Of"
            placeholder="All products"
            clearable
            data={[
              ...(products.data?.rows ?? []).map(({ id, name }) => ({ value: id, label: name })),
              { value: NO_PRODUCT, label: 'No product' },
            ]}
            value={scope.product || null}
            onChange={(id) => {
              scope.setProduct(id ?? '');
            }}
          />
        </div>
        <p className="ik-example" style={{ marginTop: 12 }}>
          {days.closedUntil === null
            ? 'No day is closed yet.'
            : `Days are closed until ${formatDay(days.closedUntil)}.`}{' '}
          What was invoiced before is left out by itself.
        </p>
      </Panel>
      <div className="ik-col" style={{ gap: 16 }}>
        {scope.customer === '' ? (
          <Panel title="Preview">
            <EmptyState icon={IconFileInvoice} title="Choose the customer">
              Lines, VAT and totals stand here as they will be on the invoice, before anything is written.
            </EmptyState>
          </Panel>
        ) : (
          <Preview
            days={days}
            scope={{
              customerId: scope.customer,
              periodStart: scope.start,
              periodEndExclusive: scope.endExclusive,
              ...(scope.product !== '' && {
                productIds: [scope.product === NO_PRODUCT ? '' : scope.product],
              }),
            }}
          />
        )}
      </div>
    </div>
  );
}

/** A new invoice: whose, for which days; what it will say; and issuing it, which is final. */
export function InvoiceNewPage() {
  const days = useDayState();
  return (
    <>
      <PageHead title="New invoice" />
      <div className="ik-page">
        {days.data ? (
          <Draft days={days.data} />
        ) : days.error ? (
          <RefusalNote run={days} />
        ) : (
          <Skeleton rows={8} />
        )}
      </div>
    </>
  );
}
