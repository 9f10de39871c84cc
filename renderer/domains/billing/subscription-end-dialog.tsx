import { useState } from 'react';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { Segments } from '../../ui/chips.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatDay } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { ChangePreview } from './change-preview.tsx';
import { subscriptionName } from './subscription-words.ts';

type When = 'day' | 'period-end';
const WHEN: readonly { value: When; label: string }[] = [
  { value: 'day', label: 'On a day, with credit' },
  { value: 'period-end', label: 'At the end of its period' },
];

/** Ends a subscription; what is said is the last day that is charged, what is sent is the day after. */
export function SubscriptionEndDialog(props: { subscription: SubscriptionRow; onClose: () => void }) {
  const { subscription } = props;
  const { today } = subscription;
  const environment = useEnvironmentName();
  const end = useCommand('billing.subscriptionEnd');
  const [chosen, setChosen] = useState<string | null>(null);
  const [when, setWhen] = useState<When>('day');
  const isByPeriod = subscription.charged === 'by-period';
  const lastDay = chosen ?? today;
  const endsOn = when === 'period-end' ? when : addDays(localDate(lastDay), 1);
  const confirm = async (): Promise<void> => {
    if (!(await end.run({ subscriptionId: subscription.id, endsOn }))) return;
    const until = when === 'day' ? `last day ${formatDay(lastDay)}` : 'at the end of its period';
    toast('ok', 'Subscription ended', `${subscriptionName(subscription)}, ${until}`);
    props.onClose();
  };
  return (
    <ConfirmDialog
      title={`End ${subscriptionName(subscription)}`}
      environment={environment}
      action="End the subscription"
      width={isByPeriod ? 640 : 480}
      busy={end.pending}
      problem={end.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={props.onClose}
    >
      {isByPeriod ? (
        <div style={{ marginBottom: 12 }}>
          <Segments label="When" value={when} options={WHEN} onChange={setWhen} />
        </div>
      ) : null}
      {when === 'day' ? (
        <DateField
          label="Last day that is charged"
          description={
            subscription.charged === 'daily'
              ? 'Charged to its end in the billing zone; the VM itself is not touched'
              : 'What was paid beyond it is credited when the day after it is over; until then it can be taken back'
          }
          value={lastDay}
          onChange={setChosen}
        />
      ) : null}
      {isByPeriod ? (
        <ChangePreview input={{ subscriptionId: subscription.id, change: { do: 'cancel' }, on: endsOn }} />
      ) : null}
    </ConfirmDialog>
  );
}
