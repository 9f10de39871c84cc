import { useState } from 'react';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { Segments } from '../../ui/chips.tsx';
import { ConfirmDialog, Dialog } from '../../ui/dialog.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { formatCount } from '../../ui/format.ts';

/** Which hosts, in which order, and what lets each come back. */
export function RollingDialog({ onClose }: { onClose: () => void }) {
  const environment = useEnvironmentName();
  const start = useCommand('moves.rollingStart');
  const [title, setTitle] = useState('');
  const [cluster, setCluster] = useState<string | null>(null);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [goWhen, setGoWhen] = useState<'person' | 'healthy'>('person');
  const [needsReboot, setReboot] = useState(true);
  const [libvirtAtLeast, setLibvirt] = useState('');
  const [anyTime, setAnyTime] = useState(false);
  const found = useQuery('fleet.hostList', { limit: 500 }).data;
  const all = found?.rows ?? [];
  const clusters = [...new Set(all.map((host) => host.cluster))].toSorted();
  const shown = all.filter((host) => host.cluster === (cluster ?? clusters[0]));
  const chosen = shown.filter((host) => !left.has(host.id));
  const confirm = async (): Promise<void> => {
    const hostIds = chosen.map((host) => host.id);
    const begun = await start.run({
      title,
      hostIds,
      goWhen,
      needsReboot: goWhen === 'healthy' && needsReboot,
      libvirtAtLeast,
      anyTime,
    });
    if (begun) onClose();
  };
  if (found === undefined)
    return (
      <Dialog title="Rolling maintenance" environment={environment} width={680} onClose={onClose}>
        <Skeleton rows={6} />
      </Dialog>
    );
  return (
    <ConfirmDialog
      title="Rolling maintenance"
      environment={environment}
      action={`Begin with ${formatCount(chosen.length)} hosts`}
      typed={chosen.length > 1 ? String(chosen.length) : undefined}
      typedHint="the number of hosts that are emptied, one after the other"
      width={680}
      busy={start.pending}
      problem={start.error?.sentence ?? Object.values(start.fields)[0]}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p className="ik-sm ik-t2">
        One host after the other: its VMs move away, it is held while you work on it, and it comes back once
        it is well. The next begins only then.
      </p>
      <TextField
        label="What for"
        placeholder="New kernel"
        data-autofocus
        value={title}
        onChange={(event) => {
          setTitle(event.target.value);
        }}
      />
      <SelectField
        label="Cluster"
        data={clusters}
        value={cluster ?? clusters[0] ?? null}
        onChange={(value) => {
          setCluster(value);
          setLeft(new Set());
        }}
      />
      <fieldset className="ik-fieldset">
        <legend>Hosts, in this order</legend>
        <ul style={{ columns: 3, maxHeight: 180, overflow: 'auto' }}>
          {shown.map((host) => (
            <li key={host.id}>
              <label className="ik-row ik-nw ik-sm" style={{ gap: 6 }}>
                <input
                  type="checkbox"
                  checked={!left.has(host.id)}
                  onChange={() => {
                    const next = new Set(left);
                    if (!next.delete(host.id)) next.add(host.id);
                    setLeft(next);
                  }}
                />
                <span className="ik-el">{host.name}</span>
              </label>
            </li>
          ))}
        </ul>
      </fieldset>
      <div>
        <Segments
          label="What lets a host come back"
          value={goWhen}
          options={[
            { value: 'person', label: 'I say go for each' },
            { value: 'healthy', label: 'it is well by itself' },
          ]}
          onChange={setGoWhen}
        />
      </div>
      {goWhen === 'healthy' ? (
        <div className="ik-row" style={{ alignItems: 'flex-end', gap: 16 }}>
          <label className="ik-row ik-sm" style={{ gap: 6 }}>
            <input
              type="checkbox"
              checked={needsReboot}
              onChange={(event) => {
                setReboot(event.target.checked);
              }}
            />
            It was started anew
          </label>
          <TextField
            label="libvirt at least"
            placeholder="any"
            w={140}
            value={libvirtAtLeast}
            onChange={(event) => {
              setLibvirt(event.target.value);
            }}
          />
        </div>
      ) : null}
      <label className="ik-row ik-sm" style={{ gap: 6 }}>
        <input
          type="checkbox"
          checked={anyTime}
          onChange={(event) => {
            setAnyTime(event.target.checked);
          }}
        />
        At any time, also outside the maintenance windows of the cluster
      </label>
      <p className="ik-xs ik-t3">
        Well means: connected, its clock right, and all VMs that left it heard where they are now.
      </p>
    </ConfirmDialog>
  );
}
