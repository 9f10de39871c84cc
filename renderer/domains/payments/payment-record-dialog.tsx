import { useState } from 'react';
import type { InvoiceDetail } from '../../../shared/domains/billing/invoice-contract.ts';
import {
  CURRENCIES,
  currencySchema,
  moneyFromWire,
  moneyToDecimalText,
  type Currency,
} from '../../../shared/kernel/money.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatMinor } from '../../ui/format.ts';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';
import { readMoney } from '../../ui/typed-amount.ts';
import { useCustomerDays } from '../billing/use-day-state.ts';
import { CustomerField } from '../customers/customer-field.tsx';

/** Records a payment: of an invoice where one is given, else of a customer, whose open invoices it settles, those due first. */
export function PaymentRecordDialog(props: {
  invoice?: InvoiceDetail;
  onClose: () => void;
  onRecorded?: (paymentId: string) => void;
}) {
  const { invoice, onClose } = props;
  const environment = useEnvironmentName();
  const record = useCommand('payments.paymentRecord');
  const [chosen, setChosen] = useState<string | null>(invoice?.customerId ?? null);
  const { companyToday: today } = useCustomerDays(chosen);
  const customer = useQuery('customers.customerGet', chosen === null ? null : { customerId: chosen }).data;
  const [currencyChosen, setCurrency] = useState<Currency>();
  const currency = invoice?.open.currency ?? currencyChosen ?? customer?.currency ?? 'EUR';
  const [typed, setTyped] = useState<string>();
  const amount = typed ?? (invoice ? moneyToDecimalText(moneyFromWire(invoice.open)) : '');
  const [day, setDay] = useState<string>();
  const [reference, setReference] = useState('');
  const read = readMoney(amount, currency);
  const amountMinor = read.ok && read.amountMinor > 0n ? read.amountMinor.toString() : undefined;
  const off =
    chosen === null
      ? 'Choose who paid'
      : amountMinor === undefined
        ? read.ok || amount.trim() === ''
          ? 'Write an amount above 0'
          : read.fault
        : reference.trim() === ''
          ? 'Write the bank’s reference: it is what keeps a payment from being recorded twice'
          : null;
  const confirm = async (): Promise<void> => {
    if (chosen === null || amountMinor === undefined) return;
    const open = invoice && BigInt(invoice.open.amountMinor);
    const onIt = open !== undefined && BigInt(amountMinor) > open ? open.toString() : amountMinor;
    const done = await record.run({
      customerId: chosen,
      amount: { amountMinor, currency },
      receivedOn: localDate(day ?? today),
      reference: reference.trim(),
      ...(invoice && { allocations: [{ invoiceId: invoice.id, amountMinor: onIt }] }),
    });
    if (!done) return;
    if (done.already) toast('ok', 'Recorded before', `${reference.trim()} is there already, the same`);
    else toast('ok', 'Payment recorded', `${formatMinor(amountMinor)} ${currency}, ${reference.trim()}`);
    onClose();
    props.onRecorded?.(done.paymentId);
  };
  return (
    <ConfirmDialog
      title={invoice ? `Record a payment of ${invoice.number}` : 'Record a payment'}
      environment={environment}
      action="Record it"
      width={480}
      off={off}
      busy={record.pending}
      problem={record.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      {invoice ? null : (
        <CustomerField
          label="Customer"
          value={chosen}
          onChange={setChosen}
          description="Its open invoices are settled, those that were due first before others"
        />
      )}
      <AmountField
        label="Amount"
        unit={currency}
        value={amount}
        description={invoice ? 'What is beyond the invoice stays with the payment' : undefined}
        onChange={setTyped}
        fault={read.ok ? null : read.fault}
      />
      {invoice ? null : (
        <SelectField
          label="Currency"
          data={Object.keys(CURRENCIES)}
          value={currency}
          allowDeselect={false}
          onChange={(value) => {
            setCurrency(currencySchema.parse(value));
          }}
        />
      )}
      <DateField
        label="Day it came in"
        value={day ?? today}
        onChange={(chosenDay) => {
          setDay(chosenDay ?? undefined);
        }}
      />
      <TextField
        label="Bank reference"
        required
        value={reference}
        maxLength={140}
        description="As the statement of the bank has it; each once"
        onChange={(event) => {
          setReference(event.currentTarget.value);
        }}
      />
    </ConfirmDialog>
  );
}
