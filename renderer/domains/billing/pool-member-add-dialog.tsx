import { useState } from 'react';
import type { SubscriptionRow } from '../../../shared/domains/billing/billing-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatDated } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { BilledVmField } from './billed-vm-field.tsx';
import { exactWords } from './pool-words.ts';
import { subscriptionName } from './subscription-words.ts';

/** Adds a VM to the pool of a subscription, by its name; what that means is shown before. */
export function PoolMemberAddDialog(props: { subscription: SubscriptionRow; onClose: () => void }) {
  const { subscription } = props;
  const environment = useEnvironmentName();
  const add = useCommand('billing.poolMemberAdd');
  const customer = useQuery('customers.customerGet', { customerId: subscription.customerId }).data;
  const [vmId, setVmId] = useState<string | null>(null);
  const asked = vmId === null ? null : { subscriptionId: subscription.id, vmId };
  const preview = useQuery('billing.poolMemberPreview', asked, { topics: ['subscription', 'vm'] });
  const confirm = async (): Promise<void> => {
    if (asked === null) return;
    const added = await add.run(asked);
    if (!added) return;
    toast('ok', 'VM added to the pool', `${preview.data?.vm ?? ''}, ${subscriptionName(subscription)}`);
    props.onClose();
  };
  const off = (): string | null => {
    if (vmId === null) return 'Choose the VM.';
    if (preview.error) return preview.error.sentence;
    return preview.data ? null : 'What it means is being worked out.';
  };
  return (
    <ConfirmDialog
      title={`Add a VM to the pool of ${subscriptionName(subscription)}`}
      environment={environment}
      action="Add the VM"
      width={640}
      off={off()}
      busy={add.pending}
      problem={add.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={props.onClose}
    >
      <BilledVmField customer={customer} value={vmId} onChange={setVmId} canShare />
      <div aria-live="polite" style={{ marginTop: 12 }}>
        {vmId === null ? (
          <p className="ik-none">What it means stands here once the VM is chosen.</p>
        ) : preview.error ? (
          <Note tone="warn">{preview.error.sentence}</Note>
        ) : preview.data ? (
          <Meaning customer={subscription.customer} preview={preview.data} />
        ) : (
          <Skeleton rows={3} />
        )}
      </div>
    </ConfirmDialog>
  );
}

function Meaning(props: {
  customer: string;
  preview: NonNullable<ReturnType<typeof useQuery<'billing.poolMemberPreview'>>['data']>;
}) {
  const { vm, from, isGiven, parts } = props.preview;
  return (
    <>
      <p className="ik-sm">
        Its hours from <b>{formatDated(Date.parse(from))}</b> on count for the pool; those before do not.
        {isGiven ? ` ${vm}, which is nobody’s now, becomes ${props.customer}’s VM.` : ''}
      </p>
      {parts.length === 0 ? null : (
        <table className="ik-tb">
          <thead>
            <tr>
              <th>By their size, all on</th>
              <th className="ik-num">Now</th>
              <th className="ik-num">With it</th>
              <th className="ik-num">Bought</th>
              <th className="ik-num">Beyond</th>
            </tr>
          </thead>
          <tbody>
            {parts.map((part) => (
              <tr key={part.component}>
                <td title={part.meter}>
                  {part.component} <span className="ik-t3">{part.meter}</span>
                </td>
                <td className="ik-num">{exactWords(part.now)}</td>
                <td className="ik-num">{exactWords(part.withIt)}</td>
                <td className="ik-num">{exactWords(part.bought)}</td>
                <td className={part.beyond === '0' ? 'ik-num ik-t3' : 'ik-num ik-warn'}>
                  {part.beyond === '0' ? 'none' : exactWords(part.beyond)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
