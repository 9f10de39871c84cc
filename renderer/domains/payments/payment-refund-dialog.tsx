import { useForm } from '@mantine/form';
import type { PaymentDetail } from '../../../shared/domains/payments/payments-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { DraftNote } from '../../ui/draft-note.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import { TextField } from '../../ui/form-field.tsx';
import { formatMinor } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { readMoney } from '../../ui/typed-amount.ts';
import { useCustomerDays } from '../billing/use-day-state.ts';

type Refundable = Pick<PaymentDetail, 'id' | 'customerId' | 'customer' | 'reference' | 'unallocated'>;

/** Pays back what stands on no invoice of a payment, or a part: what was typed is kept until it is recorded or thrown away. */
export function PaymentRefundDialog({ payment, onClose }: { payment: Refundable; onClose: () => void }) {
  const { unallocated: left, customer } = payment;
  const { currency } = left;
  const environment = useEnvironmentName();
  const { companyToday: today } = useCustomerDays(payment.customerId);
  const { customerId } = payment;
  const companyId = useQuery('customers.customerGet', { customerId }).data?.companyId;
  const account = useQuery(
    'billing.companyGet',
    companyId === undefined ? null : { companyId },
  ).data?.company?.accounts.find((each) => each.currency === currency);
  const refund = useCommand('payments.paymentRefund');
  const all = moneyToDecimalText(moneyFromWire(left));
  const form = useForm({ initialValues: { amount: all, paidOn: '', reference: '', note: '' } });
  const draft = useFormDraft(form, `refund-${payment.id}`);
  const { amount, paidOn, reference, note } = form.getValues();
  const read = readMoney(amount, currency);
  const off = !read.ok
    ? read.fault
    : read.amountMinor <= 0n
      ? 'Write an amount above 0'
      : read.amountMinor > BigInt(left.amountMinor)
        ? `${all} ${currency} of the payment stands on no invoice: no more can be paid back`
        : reference.trim() === ''
          ? 'Write the bank’s reference: it is what keeps a refund from being paid twice'
          : null;
  const confirm = async (): Promise<void> => {
    if (!read.ok) return;
    const done = await refund.run({
      paymentId: payment.id,
      amountMinor: read.amountMinor.toString(),
      paidOn: localDate(paidOn === '' ? today : paidOn),
      reference: reference.trim(),
      note: note.trim(),
      ...(account && { iban: account.iban }),
    });
    if (!done) return;
    draft.clear();
    if (done.already) toast('ok', 'Recorded before', `${reference.trim()} is there already, the same`);
    else
      toast(
        'ok',
        `Paid back to ${customer}`,
        `${formatMinor(done.amount.amountMinor)} ${currency}, ${reference.trim()}`,
      );
    onClose();
  };
  return (
    <ConfirmDialog
      title={`Pay ${payment.reference} back`}
      environment={environment}
      action={read.ok && off === null ? `Record ${formatMinor(read.amountMinor)} ${currency}` : 'Record it'}
      width={480}
      off={off}
      busy={refund.pending}
      problem={refund.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      {draft.restored ? <DraftNote onDiscard={draft.discard} /> : null}
      <p className="ik-sm">
        Order the transfer at the bank and record it here: {all} {currency} of {customer} stands on no
        invoice. It leaves {account ? `our account ${account.iban}` : `our account in ${currency}`}.
      </p>
      <AmountField
        label="Amount"
        unit={currency}
        value={amount}
        fault={read.ok ? null : read.fault}
        onChange={(value) => {
          form.setFieldValue('amount', value);
        }}
      />
      <DateField
        label="Day it was paid back"
        maxDate={today}
        value={paidOn === '' ? today : paidOn}
        onChange={(day) => {
          form.setFieldValue('paidOn', day ?? '');
        }}
      />
      <TextField
        label="Bank reference"
        required
        maxLength={140}
        description="As the statement of the bank has it; each once"
        {...form.getInputProps('reference')}
      />
      <TextField label="Note" maxLength={300} {...form.getInputProps('note')} />
    </ConfirmDialog>
  );
}
