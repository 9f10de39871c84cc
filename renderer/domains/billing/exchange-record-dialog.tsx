import { useState } from 'react';
import { CURRENCIES, currencySchema, type Currency } from '../../../shared/kernel/money.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDay, formatMinor } from '../../ui/format.ts';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';
import { readMoney } from '../../ui/typed-amount.ts';
import { useCustomerDays } from './use-day-state.ts';

const SHOWN = 100;
const SETTLES = [
  { value: 'converted', label: 'What it comes to by the rates of the day' },
  { value: 'open', label: 'All that is open; the rest is an exchange difference' },
];

/** The customer's invoices that are not paid, those due first before others. */
function useOpenInvoices(customerId: string) {
  const query = `customerid:${customerId} (state:open OR state:overdue)`;
  return useQuery(
    'billing.invoiceList',
    { query, sort: 'due', direction: 'asc', limit: SHOWN },
    { topics: ['invoice', 'payment'] },
  );
}

/** Records money that came in another currency than the invoice it pays. */
export function ExchangeRecordDialog({ customerId, onClose }: { customerId: string; onClose: () => void }) {
  const environment = useEnvironmentName();
  const { companyToday: today } = useCustomerDays(customerId);
  const record = useCommand('billing.exchangeRecord');
  const open = useOpenInvoices(customerId);
  const invoices = open.data?.rows ?? [];
  // The list renews itself: money goes onto the invoice that was looked at, and onto none where that is no longer open.
  const [chosen, setChosen] = useState<string | null>(null);
  const first = invoices[0]?.id;
  if (chosen === null && first !== undefined) setChosen(first);
  const invoice = invoices.find(({ id }) => id === chosen);
  const others = Object.keys(CURRENCIES).filter((each) => each !== invoice?.open.currency);
  const [wanted, setWanted] = useState<Currency>('EUR');
  const currency = others.includes(wanted) ? wanted : currencySchema.parse(others[0]);
  const [typed, setTyped] = useState('');
  const [day, setDay] = useState<string | null>(null);
  const [reference, setReference] = useState('');
  const [settles, setSettles] = useState<'converted' | 'open'>('converted');
  const read = readMoney(typed, currency);
  const off =
    invoice === undefined
      ? chosen === null
        ? 'The customer has no open invoice'
        : 'That invoice is no longer open: choose another.'
      : !read.ok
        ? typed.trim() === ''
          ? 'Write what came in'
          : read.fault
        : read.amountMinor === 0n
          ? 'Write an amount above 0'
          : reference.trim() === ''
            ? 'Write the bank’s reference: it is what keeps money from being recorded twice'
            : null;
  const confirm = async (): Promise<void> => {
    if (invoice === undefined || !read.ok) return;
    const done = await record.run({
      invoiceId: invoice.id,
      paid: { amountMinor: read.amountMinor.toString(), currency },
      receivedOn: localDate(day ?? today),
      reference: reference.trim(),
      settles,
    });
    if (!done) return;
    const settled = `${formatMinor(done.settled.amountMinor)} ${done.settled.currency} of ${invoice.number}`;
    const by = `by ${done.source} of ${formatDay(done.day)}`;
    toast('ok', done.already ? 'Recorded before' : 'Exchange recorded', `${settled} settled, ${by}`);
    onClose();
  };
  return (
    <ConfirmDialog
      title="Paid in another currency"
      environment={environment}
      action="Record it"
      width={520}
      off={off}
      busy={record.pending}
      problem={record.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      {open.error && !open.data ? (
        <ErrorPanel title="The open invoices could not be read" error={open.error} onRetry={open.refetch} />
      ) : null}
      <SelectField
        label="Invoice"
        placeholder={
          open.data === undefined ? 'being read…' : first === undefined ? 'none is open' : 'Choose…'
        }
        searchable
        allowDeselect={false}
        data={invoices.map(({ id, number, open: left, dueOn }) => ({
          value: id,
          label: `${number}: ${formatMinor(left.amountMinor)} ${left.currency} open, due ${formatDay(dueOn)}`,
        }))}
        value={invoice?.id ?? null}
        onChange={setChosen}
      />
      <div className="ik-duo">
        <AmountField
          label="Came in"
          required
          unit={currency}
          value={typed}
          onChange={setTyped}
          fault={read.ok ? null : read.fault}
        />
        <SelectField
          label="Currency"
          data={others}
          value={currency}
          allowDeselect={false}
          onChange={(value) => {
            setWanted(currencySchema.parse(value));
          }}
        />
      </div>
      <div className="ik-duo">
        <DateField
          label="Day it came in"
          description="Its rates are taken"
          maxDate={today}
          value={day ?? today}
          onChange={setDay}
        />
        <TextField
          label="Bank reference"
          description="Each once"
          required
          maxLength={140}
          value={reference}
          onChange={(event) => {
            setReference(event.currentTarget.value);
          }}
        />
      </div>
      <SelectField
        label="It settles"
        data={SETTLES}
        allowDeselect={false}
        value={settles}
        onChange={(value) => {
          setSettles(value === 'open' ? 'open' : 'converted');
        }}
      />
    </ConfirmDialog>
  );
}
