import { useState } from 'react';
import { moneyFromWire, moneyToDecimalText, type MoneyWire } from '../../shared/kernel/money.ts';
import { AmountField } from './amount-field.tsx';
import { ConfirmDialog } from './dialog.tsx';
import { TextField } from './form-field.tsx';
import { readMoney } from './typed-amount.ts';

/** Asks for an amount above 0 and at most `most`, and for a reason, before something is done with it. */
export function AmountDialog(props: {
  title: string;
  environment: string | undefined;
  action: string;
  /** May become less while the dialog is open: until somebody types, the amount is what it is now. */
  most: MoneyWire;
  amountLabel: string;
  amountDescription: string;
  /** Where the reason will stand, as the end of a sentence: `on the credit note`. */
  reasonStands: string;
  busy: boolean;
  problem: string | undefined;
  onConfirm: (given: { readonly amountMinor: bigint; readonly reason: string }) => void;
  onClose: () => void;
}) {
  const { most } = props;
  const [typed, setTyped] = useState<string>();
  const mostText = moneyToDecimalText(moneyFromWire(most));
  const amount = typed ?? mostText;
  const [reason, setReason] = useState('');
  const read = readMoney(amount, most.currency);
  const amountMinor = read.ok ? read.amountMinor : undefined;
  const isAmount = amountMinor !== undefined && amountMinor > 0n && amountMinor <= BigInt(most.amountMinor);
  const why = (): string | null => {
    if (!read.ok && amount.trim() !== '') return read.fault;
    if (!isAmount) return `Write an amount up to ${mostText}`;
    return reason.trim().length < 3 ? `Write why: it stands ${props.reasonStands}` : null;
  };
  return (
    <ConfirmDialog
      title={props.title}
      environment={props.environment}
      action={props.action}
      width={480}
      off={why()}
      busy={props.busy}
      problem={props.problem}
      onConfirm={() => {
        if (amountMinor !== undefined) props.onConfirm({ amountMinor, reason: reason.trim() });
      }}
      onClose={props.onClose}
    >
      <AmountField
        label={props.amountLabel}
        unit={most.currency}
        description={props.amountDescription}
        value={amount}
        onChange={setTyped}
        fault={read.ok ? null : read.fault}
      />
      <TextField
        label="Reason"
        required
        description={`Stands ${props.reasonStands}`}
        value={reason}
        maxLength={300}
        onChange={(event) => {
          setReason(event.currentTarget.value);
        }}
      />
    </ConfirmDialog>
  );
}
