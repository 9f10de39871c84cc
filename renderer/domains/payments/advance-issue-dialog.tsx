import '../billing/billing.css';
import { useState } from 'react';
import { useLocation } from 'wouter';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import { localDate } from '../../../shared/kernel/local-date.ts';
import type { PaymentDetail } from '../../../shared/domains/payments/payments-contract.ts';
import { money, moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { Button } from '../../ui/button.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatMinor } from '../../ui/format.ts';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';
import { readMoney } from '../../ui/typed-amount.ts';
import { useBillingToday } from '../billing/use-day-state.ts';

/** In the customer's language, as its document will be. */
const USUAL = { en: 'Advance payment', pl: 'Zaliczka', cs: 'Záloha' } as const;
const LINES_MAX = 20;

interface TypedLine {
  readonly description?: string;
  readonly amount?: string;
}

/** Issues the advance invoice for what of a payment stands on no invoice: what it was paid for, and how much. */
export function AdvanceIssueDialog({ payment, onClose }: { payment: PaymentDetail; onClose: () => void }) {
  const { unallocated: left, reference } = payment;
  const [, navigate] = useLocation();
  const environment = useEnvironmentName();
  const today = useBillingToday();
  const issue = useCommand('payments.advanceIssue');
  const { customerId } = payment;
  const language = useQuery('customers.customerGet', { customerId }).data?.language ?? 'en';
  const [typed, setTyped] = useState<readonly TypedLine[]>([{}]);
  const [day, setDay] = useState<string>();
  const [productId, setProductId] = useState<string | null>(null);
  const products = useQuery('catalog.productList', {}, { topics: ['product'] });
  const lines = typed.map((line, at) => {
    const amount = line.amount ?? (at === 0 ? moneyToDecimalText(moneyFromWire(left)) : '');
    const read = readMoney(amount, left.currency);
    return {
      description: line.description ?? (at === 0 ? USUAL[language] : ''),
      amount,
      fault: read.ok ? null : read.fault,
      minor: read.ok && read.amountMinor > 0n ? read.amountMinor : undefined,
    };
  });
  const total = lines.reduce((sum, { minor }) => sum + (minor ?? 0n), 0n);
  const all = BigInt(left.amountMinor);
  const off = lines.some(({ description }) => description.trim() === '')
    ? 'Write what it was paid for'
    : lines.some(({ minor }) => minor === undefined)
      ? (lines.find(({ fault, amount }) => fault !== null && amount.trim() !== '')?.fault ??
        'Write an amount above 0')
      : total > all
        ? `${moneyToDecimalText(moneyFromWire(left))} ${left.currency} of the payment is on no invoice`
        : null;
  const change = (at: number, line: TypedLine): void => {
    setTyped(typed.map((each, no) => (no === at ? { ...each, ...line } : each)));
  };
  const confirm = async (): Promise<void> => {
    const made = await issue.run({
      paymentId: payment.id,
      lines: lines.map(({ description, minor = 0n }) => ({
        description: description.trim(),
        grossMinor: minor.toString(),
      })),
      ...(productId !== null && { productId }),
      ...(day !== undefined && { issuedOn: localDate(day) }),
    });
    if (!made) return;
    toast('ok', `Issued ${made.number}`, `${formatMinor(made.gross.amountMinor)} ${made.gross.currency}`);
    onClose();
    navigate(`/invoices/${made.invoiceId}`);
  };
  return (
    <ConfirmDialog
      title={`Advance invoice for ${reference}`}
      environment={environment}
      action={
        off === null
          ? `Issue over ${moneyToDecimalText(money(total, left.currency))} ${left.currency}`
          : 'Issue it'
      }
      width={560}
      off={off}
      busy={issue.pending}
      problem={issue.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p className="ik-sm">
        VAT is taken out of what was received and is owed from the day of issue. The customer’s next invoice
        settles it and taxes only the rest. It is final: only a credit note takes it back.
      </p>
      {lines.map((line, at) => {
        const which = lines.length === 1 ? '' : ` ${at + 1}`;
        return (
          <div key={at} className="ik-duo">
            <TextField
              label={`Paid for${which}`}
              required
              maxLength={300}
              value={line.description}
              onChange={(event) => {
                change(at, { description: event.currentTarget.value });
              }}
            />
            <AmountField
              label={`Amount with VAT${which}`}
              unit={left.currency}
              value={line.amount}
              fault={line.fault}
              onChange={(amount) => {
                change(at, { amount });
              }}
            />
          </div>
        );
      })}
      {lines.length < LINES_MAX ? (
        <div className="ik-row">
          <Button
            size="sm"
            icon={IconPlus}
            onClick={() => {
              setTyped([...typed, {}]);
            }}
          >
            Another line
          </Button>
        </div>
      ) : null}
      <SelectField
        label="Product"
        description="Decides how VAT takes it"
        placeholder="None: taxed as an electronic service"
        clearable
        data={(products.data?.rows ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={productId}
        onChange={setProductId}
      />
      <DateField
        label="Day of issue"
        maxDate={today}
        value={day ?? today}
        onChange={(chosen) => {
          setDay(chosen ?? undefined);
        }}
      />
    </ConfirmDialog>
  );
}
