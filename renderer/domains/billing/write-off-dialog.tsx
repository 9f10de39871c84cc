import type { InvoiceDetail } from '../../../shared/domains/billing/invoice-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { AmountDialog } from '../../ui/amount-dialog.tsx';
import { formatMinor } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';

/** Gives up what is open of an invoice, or a part of it. */
export function WriteOffDialog({ invoice, onClose }: { invoice: InvoiceDetail; onClose: () => void }) {
  const { open, number } = invoice;
  const environment = useEnvironmentName();
  const writeOff = useCommand('billing.invoiceWriteOff');
  const confirm = async (amountMinor: bigint, reason: string): Promise<void> => {
    const asked = { invoiceId: invoice.id, amountMinor: amountMinor.toString(), reason };
    if (!(await writeOff.run(asked))) return;
    toast('ok', 'Written off', `${formatMinor(amountMinor)} ${open.currency} of ${number}`);
    onClose();
  };
  return (
    <AmountDialog
      title={`Write off ${number}`}
      environment={environment}
      action="Write it off"
      most={open}
      amountLabel="Amount"
      amountDescription="Goes from receivables to write-offs; the VAT of the invoice stays owed"
      reasonStands="in the ledger"
      busy={writeOff.pending}
      problem={writeOff.error?.sentence}
      onConfirm={({ amountMinor, reason }) => void confirm(amountMinor, reason)}
      onClose={onClose}
    />
  );
}
