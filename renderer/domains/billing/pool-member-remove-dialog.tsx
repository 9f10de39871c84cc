import { useState } from 'react';
import { Checkbox } from '@mantine/core';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import type { PoolMember } from '../../../shared/domains/billing/pool-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatDated } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { subscriptionName } from './subscription-words.ts';

/** Removes a VM from a pool from this hour on; on the day it was added, as though it never was there where that is asked. */
export function PoolMemberRemoveDialog(props: {
  subscription: SubscriptionRow;
  member: PoolMember;
  onClose: () => void;
}) {
  const { subscription, member } = props;
  const environment = useEnvironmentName();
  const remove = useCommand('billing.poolMemberRemove');
  const [undo, setUndo] = useState(false);
  const confirm = async (): Promise<void> => {
    if (!(await remove.run({ memberId: member.memberId, undo }))) return;
    toast(
      'ok',
      undo ? 'Taken back from the pool' : 'VM removed from the pool',
      `${member.vm}, ${subscriptionName(subscription)}`,
    );
    props.onClose();
  };
  return (
    <ConfirmDialog
      title={`Remove ${member.vm} from the pool of ${subscriptionName(subscription)}`}
      environment={environment}
      action={undo ? 'Take the VM back' : 'Remove the VM'}
      busy={remove.pending}
      problem={remove.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={props.onClose}
    >
      <p className="ik-sm">
        {undo
          ? 'No hour of it counts: it is as though it had never been added.'
          : `What it used since ${formatDated(Date.parse(member.from))} counts; its hours from this one on do not. Nobody pays for what it uses then until it is sold or in another pool; the VM itself is not touched.`}
      </p>
      {member.mayUndo ? (
        <Checkbox
          label="It was added by mistake: none of its hours count"
          checked={undo}
          onChange={(event) => {
            setUndo(event.currentTarget.checked);
          }}
        />
      ) : null}
    </ConfirmDialog>
  );
}
