import { useState } from 'react';
import type { HeldUsageRow } from '../../../shared/domains/metering/metering-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/form-field.tsx';
import { formatDay } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';

/** Charges held usage to a subscription, or gives it up with a reason. */
export function HeldUsageDialog(props: {
  rows: readonly HeldUsageRow[];
  to: 'charge' | 'dismiss';
  onClose: () => void;
}) {
  const { rows, to, onClose } = props;
  const environment = useEnvironmentName();
  const charge = useCommand('metering.heldUsageCharge');
  const dismiss = useCommand('metering.heldUsageDismiss');
  const [first] = rows;
  const [subscriptionId, setSubscriptionId] = useState(first?.subscriptionId ?? '');
  const [reason, setReason] = useState('');
  const eventIds = rows.map(({ id }) => id);
  const what =
    rows.length === 1 && first
      ? `${first.quantity} ${first.unit} of ${first.meter}, ${formatDay(first.day)}`
      : `${rows.length} events`;
  const isCharge = to === 'charge';
  const run = isCharge ? charge : dismiss;
  const off = isCharge
    ? subscriptionId.trim() === ''
      ? 'Name the subscription'
      : null
    : reason.trim() === ''
      ? 'Write why: it stands in the audit log'
      : null;
  const confirm = async (): Promise<void> => {
    const to_ = subscriptionId.trim();
    const done = isCharge
      ? await charge.run({ eventIds, ...(to_ !== first?.subscriptionId && { subscriptionId: to_ }) })
      : await dismiss.run({ eventIds, reason: reason.trim() });
    if (!done) return;
    toast('ok', isCharge ? 'On the next bill' : 'Dismissed', what);
    onClose();
  };
  return (
    <ConfirmDialog
      title={isCharge ? `Charge ${what}` : `Dismiss ${what}`}
      environment={environment}
      action={isCharge ? 'Charge it' : 'Dismiss it'}
      width={520}
      off={off}
      busy={run.pending}
      problem={run.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      {rows.length === 1 ? <p className="ik-sm ik-t2">{first?.sentence}</p> : null}
      {isCharge ? (
        <TextField
          label="Subscription"
          description="Its usage of that day, or of the nearest day it was served; charged with the next day that closes"
          value={subscriptionId}
          onChange={(event) => {
            setSubscriptionId(event.currentTarget.value);
          }}
        />
      ) : (
        <TextField
          label="Reason"
          required
          maxLength={500}
          value={reason}
          onChange={(event) => {
            setReason(event.currentTarget.value);
          }}
        />
      )}
    </ConfirmDialog>
  );
}
