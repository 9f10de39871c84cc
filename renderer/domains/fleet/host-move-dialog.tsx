import { useState } from 'react';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatCount } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { ClusterField } from './cluster-field.tsx';

export interface HostsChosen {
  hosts: readonly { id: string; name: string }[];
  onClose: () => void;
  onDone: () => void;
}

export function hostsWords(hosts: HostsChosen['hosts']): string {
  const [first] = hosts;
  return hosts.length === 1 ? (first?.name ?? '') : `${formatCount(hosts.length)} hosts`;
}

/** Puts hosts into another cluster. */
export function HostMoveDialog({ hosts, onClose, onDone }: HostsChosen) {
  const [clusterId, setClusterId] = useState<string | null>(null);
  const move = useCommand('fleet.hostMoveToCluster');
  const environment = useEnvironmentName();
  const what = hostsWords(hosts);
  const confirm = async (): Promise<void> => {
    if (clusterId === null) return;
    const done = await move.run({ hostIds: hosts.map(({ id }) => id), clusterId });
    if (!done) return;
    toast(
      'ok',
      `${formatCount(done.moved)} ${done.moved === 1 ? 'host' : 'hosts'} moved`,
      done.alreadyThere > 0 ? `${formatCount(done.alreadyThere)} stood there already.` : '',
    );
    onDone();
  };
  return (
    <ConfirmDialog
      title={`Move ${what} to another cluster`}
      environment={environment}
      action={`Move ${what}`}
      busy={move.pending}
      off={clusterId === null ? 'Choose a cluster first' : null}
      problem={move.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <ClusterField label="To" value={clusterId} onChange={setClusterId} />
      <p className="ik-sm ik-t2" style={{ marginTop: 12 }}>
        VMs on {hosts.length === 1 ? 'it' : 'them'} run on and stay where they are. From then on the ratios,
        filters and maintenance windows of that cluster hold, and its collector takes over.
      </p>
      <p className="ik-sm ik-t3">
        {hosts
          .slice(0, 12)
          .map(({ name }) => name)
          .join(', ')}
        {hosts.length > 12 ? ' …' : ''}
      </p>
    </ConfirmDialog>
  );
}
