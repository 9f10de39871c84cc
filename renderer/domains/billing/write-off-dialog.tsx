import { useState } from 'react';
import type { InvoiceDetail } from '../../../shared/domains/billing/invoice-contract.ts';
import { moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';
import { typedMinor } from './credit-amounts.ts';

/** Gives up what is open of an invoice, or a part of it. */
export function WriteOffDialog({ invoice, onClose }: { invoice: InvoiceDetail; onClose: () => void }) {
  const { open, number } = invoice;
  const environment = useEnvironmentName();
  const writeOff = useCommand('billing.invoiceWriteOff');
  // What is open may have become less since the dialog was opened: until somebody types, it is what is open now.
  const [typed, setTyped] = useState<string>();
  const amount = typed ?? moneyToDecimalText(moneyFromWire(open));
  const [reason, setReason] = useState('');
  const minor = typedMinor(amount, open.currency);
  const isAmount = minor !== undefined && minor > 0n && minor <= BigInt(open.amountMinor);
  const off = isAmount
    ? reason.trim().length < 3
      ? 'Write why: it stands in the ledger'
      : null
    : `Write an amount up to ${moneyToDecimalText(moneyFromWire(open))}`;
  const confirm = async (): Promise<void> => {
    if (minor === undefined) return;
    const asked = { invoiceId: invoice.id, amountMinor: minor.toString(), reason: reason.trim() };
    if (!(await writeOff.run(asked))) return;
    toast('ok', 'Written off', `${amount} ${open.currency} of ${number}`);
    onClose();
  };
  return (
    <ConfirmDialog
      title={`Write off ${number}`}
      environment={environment}
      action="Write it off"
      width={480}
      off={off}
      busy={writeOff.pending}
      problem={writeOff.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <TextField
        label="Amount"
        unit={open.currency}
        description="Goes from receivables to write-offs; the VAT of the invoice stays owed"
        value={amount}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
        }}
      />
      <TextField
        label="Reason"
        required
        value={reason}
        maxLength={300}
        onChange={(event) => {
          setReason(event.currentTarget.value);
        }}
      />
    </ConfirmDialog>
  );
}
