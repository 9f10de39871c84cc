import { useState } from 'react';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatDay } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { subscriptionName } from './subscription-words.ts';
import { useBillingToday } from './use-day-state.ts';

/** Ends a subscription; what is said is the last day that is charged, what is sent is the day after. */
export function SubscriptionEndDialog(props: { subscription: SubscriptionRow; onClose: () => void }) {
  const { subscription } = props;
  const today = useBillingToday();
  const environment = useEnvironmentName();
  const end = useCommand('billing.subscriptionEnd');
  const [chosen, setChosen] = useState<string | null>(null);
  const lastDay = chosen ?? today;
  const confirm = async (): Promise<void> => {
    const endsOn = addDays(localDate(lastDay), 1);
    if (!(await end.run({ subscriptionId: subscription.id, endsOn }))) return;
    toast('ok', 'Subscription ended', `${subscriptionName(subscription)}, last day ${formatDay(lastDay)}`);
    props.onClose();
  };
  return (
    <ConfirmDialog
      title={`End ${subscriptionName(subscription)}`}
      environment={environment}
      action="End the subscription"
      width={480}
      busy={end.pending}
      problem={end.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={props.onClose}
    >
      <DateField
        label="Last day that is charged"
        description={
          subscription.charged === 'daily'
            ? 'Charged to its end in the billing zone; the VM itself is not touched'
            : 'What was paid beyond it is credited when the day closes'
        }
        value={lastDay}
        onChange={setChosen}
      />
    </ConfirmDialog>
  );
}
