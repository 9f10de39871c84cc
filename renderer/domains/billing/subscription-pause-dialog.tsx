import { useState } from 'react';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatDay } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { ChangePreview } from './change-preview.tsx';
import { subscriptionName } from './subscription-words.ts';

/** Pauses a subscription that is charged by the period from a day on, or serves it again. */
export function SubscriptionPauseDialog(props: {
  subscription: SubscriptionRow;
  isPaused: boolean;
  onClose: () => void;
}) {
  const { subscription, isPaused } = props;
  const { today } = subscription;
  const environment = useEnvironmentName();
  const change = useCommand('billing.subscriptionChange');
  const [chosen, setChosen] = useState<string | null>(null);
  const on = chosen ?? today;
  const verb = isPaused ? 'Resume' : 'Pause';
  const confirm = async (): Promise<void> => {
    const what = { do: isPaused ? 'resume' : 'pause' } as const;
    if (!(await change.run({ subscriptionId: subscription.id, change: what, on: localDate(on) }))) return;
    toast(
      'ok',
      isPaused ? 'Subscription resumed' : 'Subscription paused',
      `${subscriptionName(subscription)}, from ${formatDay(on)}`,
    );
    props.onClose();
  };
  return (
    <ConfirmDialog
      title={`${verb} ${subscriptionName(subscription)}`}
      environment={environment}
      action={`${verb} the subscription`}
      width={640}
      busy={change.pending}
      problem={change.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={props.onClose}
    >
      <DateField
        label={isPaused ? 'First day served again' : 'First day not served'}
        description={
          isPaused
            ? 'What is left of the period is charged when that day is over'
            : 'What was paid from then on is credited when that day is over; the VM itself is not touched'
        }
        value={on}
        onChange={setChosen}
      />
      <ChangePreview
        input={{
          subscriptionId: subscription.id,
          change: { do: isPaused ? 'resume' : 'pause' },
          on: localDate(on),
        }}
      />
    </ConfirmDialog>
  );
}
