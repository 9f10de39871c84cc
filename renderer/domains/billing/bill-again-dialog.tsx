import { useState } from 'react';
import type { InvoiceDetail } from '../../../shared/domains/billing/invoice-contract.ts';
import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatDay } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { useCustomerDays } from './use-day-state.ts';

/** Charges the lines of a wholly credited invoice again, once. */
export function BillAgainDialog({ invoice, onClose }: { invoice: InvoiceDetail; onClose: () => void }) {
  const environment = useEnvironmentName();
  const { today } = useCustomerDays(invoice.customerId);
  const billAgain = useCommand('billing.invoiceBillAgain');
  const [chosen, setChosen] = useState<string | null>(null);
  const day = chosen ?? addDays(localDate(invoice.periodEndExclusive), -1);
  const confirm = async (): Promise<void> => {
    if (!(await billAgain.run({ invoiceId: invoice.id, day: localDate(day) }))) return;
    toast('ok', 'Its lines are charged again', `The invoice of ${formatDay(day)} takes them`);
    onClose();
  };
  return (
    <ConfirmDialog
      title={`Bill ${invoice.number} again`}
      environment={environment}
      action="Charge its lines again"
      width={480}
      busy={billAgain.pending}
      problem={billAgain.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>
        The invoice and its credit notes stay as they are. Its lines are charged once more, with the
        quantities, prices and days they have; the next invoice of {invoice.customer} takes them, with the
        address and VAT of then. This works once.
      </p>
      <DateField
        label="Day"
        description="The invoice of the period with this day takes them"
        maxDate={today}
        value={day}
        onChange={setChosen}
      />
    </ConfirmDialog>
  );
}
