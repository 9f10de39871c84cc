import { useState } from 'react';
import { TagsInput } from '@mantine/core';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatCount } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';
import { hostsWords, type HostsChosen } from './host-move-dialog.tsx';

/** Adds and takes away labels of hosts, by which filters of their cluster tell them apart. */
export function HostLabelDialog({
  hosts,
  onClose,
  onDone,
}: Omit<HostsChosen, 'hosts'> & {
  hosts: readonly { id: string; name: string; labels: readonly string[] }[];
}) {
  const [add, setAdd] = useState<string[]>([]);
  const [remove, setRemove] = useState<string[]>([]);
  const label = useCommand('fleet.hostLabel');
  const environment = useEnvironmentName();
  const had = [...new Set(hosts.flatMap((host) => host.labels))].sort();
  const confirm = async (): Promise<void> => {
    const done = await label.run({ hostIds: hosts.map(({ id }) => id), add, remove });
    if (!done) return;
    toast('ok', `Labels of ${formatCount(done.changed)} ${done.changed === 1 ? 'host' : 'hosts'} changed`);
    onDone();
  };
  return (
    <ConfirmDialog
      title={`Labels of ${hostsWords(hosts)}`}
      environment={environment}
      action="Save"
      busy={label.pending}
      off={add.length + remove.length === 0 ? 'Add or take away a label first' : null}
      problem={label.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <div className="ik-col" style={{ gap: 12 }}>
        <TagsInput
          label="Add"
          description="Words such as ssd; Enter after each"
          value={add}
          onChange={(labels) => {
            setAdd(labels.map((each) => each.trim().toLowerCase()));
          }}
        />
        <TagsInput label="Take away" data={had} value={remove} onChange={setRemove} />
        <p className="ik-sm ik-t2">
          {had.length > 0
            ? `Now: ${had.join(', ')}.`
            : hosts.length === 1
              ? 'It has no label yet.'
              : 'None has a label yet.'}{' '}
          Filters of the cluster say which VMs may be on hosts with a label; VMs that are there stay.
        </p>
      </div>
    </ConfirmDialog>
  );
}
