import { useLocation } from 'wouter';
import type { AdvanceFacts } from '../../../shared/domains/billing/advance-contract.ts';
import type { InvoiceDetail } from '../../../shared/domains/billing/invoice-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { AmountDialog } from '../../ui/amount-dialog.tsx';
import { toast } from '../../ui/toast.ts';

/** Takes an advance invoice back, or a part of what no invoice has settled. */
export function AdvanceCreditDialog(props: {
  invoice: InvoiceDetail;
  advance: AdvanceFacts;
  onClose: () => void;
}) {
  const { invoice, advance, onClose } = props;
  const [, navigate] = useLocation();
  const environment = useEnvironmentName();
  const credit = useCommand('billing.advanceCredit');
  const confirm = async (amountMinor: bigint, reason: string): Promise<void> => {
    const asked = { invoiceId: invoice.id, grossMinor: amountMinor.toString(), reason };
    const made = await credit.run(asked);
    if (!made) return;
    toast('ok', `${made.number} is issued`, `It takes from ${invoice.number}`);
    onClose();
    navigate(`/invoices/${made.creditNoteId}`);
  };
  return (
    <AmountDialog
      title={`Credit ${invoice.number}`}
      environment={environment}
      action="Issue the credit note"
      most={advance.left}
      amountLabel="Amount with VAT"
      amountDescription="Its VAT is not owed any more, and the money is on account again"
      reasonStands="on the credit note"
      busy={credit.pending}
      problem={credit.error?.sentence}
      onConfirm={({ amountMinor, reason }) => void confirm(amountMinor, reason)}
      onClose={onClose}
    />
  );
}
