import IconCamera from '@tabler/icons-react/dist/esm/icons/IconCamera.mjs';
import { useState } from 'react';
import { whyNotVm } from '../../../shared/domains/fleet/vm-action-rules.ts';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import type { VmSnapshot } from '../../../shared/domains/hardware/hardware-contract.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ConfirmDestroy, ConfirmDialog } from '../../ui/dialog.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TextAreaField, TextField } from '../../ui/form-field.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Tag } from '../../ui/state-label.tsx';
import { reasonWords } from './reason-words.ts';
import { ChangeDialog } from './change-dialog.tsx';
import { useChange } from './use-change.ts';

type Asked = { what: 'make' } | { what: 'revert' | 'delete'; snapshot: VmSnapshot };

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} _.:-]{0,62}$/u;

function MakeDialog({ vm, taken, onClose }: { vm: VmDetail; taken: readonly string[]; onClose: () => void }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const change = useChange('hardware.vmSnapshotMake', {
    title: `Keeping the state of ${vm.name}`,
    onDone: onClose,
  });
  const isOn = vm.state !== 'shut-off' && vm.state !== 'crashed';
  return (
    <ChangeDialog
      title={`Make a snapshot of ${vm.name}`}
      section="Snapshot"
      hint={
        isOn
          ? 'Disks and memory, inside its images. The guest stands still while its memory is written.'
          : 'Its disks, inside their images.'
      }
      action="Make the snapshot"
      reason={
        taken.includes(name.trim())
          ? 'It has a snapshot of that name'
          : NAME.test(name.trim())
            ? null
            : 'A name of letters, digits, blanks and _ . : -'
      }
      command={change}
      onConfirm={() => {
        change.send({ vmId: vm.id, name: name.trim(), description });
      }}
      onClose={onClose}
      preview={
        <p className="ik-sm ik-t3">
          A snapshot is a way back, not a backup: it is lost with the disk it is in.
        </p>
      }
    >
      <TextField
        label="Name"
        data-autofocus
        placeholder="before upgrade"
        value={name}
        onChange={(event) => {
          setName(event.target.value);
        }}
      />
      <div className="ik-wide">
        <TextAreaField
          label="What for"
          minRows={2}
          maxLength={1000}
          value={description}
          onChange={(event) => {
            setDescription(event.target.value);
          }}
        />
      </div>
    </ChangeDialog>
  );
}

function RevertDialog({
  vm,
  snapshot,
  onClose,
}: {
  vm: VmDetail;
  snapshot: VmSnapshot;
  onClose: () => void;
}) {
  const environment = useEnvironmentName();
  const change = useChange('hardware.vmSnapshotRevert', { title: `${vm.name} is back`, onDone: onClose });
  return (
    <ConfirmDestroy
      title={`Take ${vm.name} back to ${snapshot.name}`}
      environment={environment}
      name={vm.name}
      verb="Revert"
      busy={change.pending}
      problem={change.error?.sentence}
      onConfirm={() => {
        change.send({ vmId: vm.id, name: snapshot.name, confirmName: vm.name });
      }}
      onClose={onClose}
    >
      <p>
        Disks, definition{snapshot.withMemory ? ', memory' : ''} and state become those of{' '}
        <Timestamp atMs={Date.parse(snapshot.createdAt)} />.{' '}
        {snapshot.withMemory ? 'It goes on running from there.' : 'It is off then.'} All that was written
        since is lost.
      </p>
    </ConfirmDestroy>
  );
}

function DeleteDialog({
  vm,
  snapshot,
  onClose,
}: {
  vm: VmDetail;
  snapshot: VmSnapshot;
  onClose: () => void;
}) {
  const environment = useEnvironmentName();
  const change = useChange('hardware.vmSnapshotDelete', {
    title: `Deleting ${snapshot.name}`,
    onDone: onClose,
  });
  return (
    <ConfirmDialog
      title={`Delete the snapshot ${snapshot.name}`}
      environment={environment}
      action="Delete the snapshot"
      danger
      busy={change.pending}
      problem={change.error?.sentence}
      onConfirm={() => {
        change.send({ vmId: vm.id, name: snapshot.name });
      }}
      onClose={onClose}
    >
      <p>The VM stays as it is; there is no way back to that moment any more.</p>
    </ConfirmDialog>
  );
}

/** Snapshots with what can be done with them, and the checkpoints of its backups. */
export function SnapshotsTab({ vm, may }: { vm: VmDetail; may: string | null }) {
  const answer = useQuery(
    'hardware.vmSnapshots',
    { vmId: vm.id },
    { topics: ['vm', 'task'], atMostEveryMs: 2000 },
  );
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = (): void => {
    setAsked(null);
    answer.refetch();
  };
  if (!answer.data)
    return answer.error ? (
      <ErrorPanel title="Its snapshots could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={4} />
    );
  const { snapshots, checkpoints, whyNone } = answer.data;
  const why = (action: 'snapshotMake' | 'snapshotRevert' | 'snapshotDelete'): string | null =>
    reasonWords(whyNotVm(action, vm)) ?? may;
  const make = (
    <ActionButton
      icon={IconCamera}
      size="sm"
      reason={why('snapshotMake') ?? whyNone}
      onClick={() => {
        setAsked({ what: 'make' });
      }}
    >
      Make a snapshot…
    </ActionButton>
  );
  return (
    <>
      {checkpoints.length > 0 && whyNone ? <Note tone="warn">{whyNone}</Note> : null}
      {snapshots.length === 0 ? (
        <EmptyState icon={IconCamera} title="No snapshots" action={make}>
          {whyNone && checkpoints.length === 0
            ? whyNone
            : 'A snapshot keeps the VM as it is now, to go back to.'}
        </EmptyState>
      ) : (
        <section aria-label="Snapshots">
          <div className="ik-sub">
            <h3>Snapshots</h3>
            <span className="ik-actions">{make}</span>
          </div>
          <table className="ik-tb">
            <colgroup>
              <col />
              <col style={{ width: 130 }} />
              <col style={{ width: 120 }} />
              <col style={{ width: 150 }} />
            </colgroup>
            <thead>
              <tr>
                <th>Name</th>
                <th>Made</th>
                <th>Holds</th>
                <th>
                  <span className="ik-sr">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {snapshots.map((snapshot) => (
                <tr key={snapshot.name}>
                  <td className="ik-wrap">
                    <span className="ik-med">{snapshot.name}</span>{' '}
                    {snapshot.isCurrent ? <Tag>you are here</Tag> : null}
                    {snapshot.description ? <div className="ik-xs ik-t3">{snapshot.description}</div> : null}
                  </td>
                  <td className="ik-t2">
                    <Timestamp atMs={Date.parse(snapshot.createdAt)} />
                  </td>
                  <td className="ik-t2">{snapshot.withMemory ? 'disks, memory' : 'disks'}</td>
                  <td>
                    <span className="ik-row ik-end" style={{ gap: 4 }}>
                      <ActionButton
                        size="sm"
                        label={`Revert to ${snapshot.name}`}
                        reason={
                          snapshot.isExternal
                            ? 'Made outside this console in files of its own; libvirt does not go back to those.'
                            : why('snapshotRevert')
                        }
                        onClick={() => {
                          setAsked({ what: 'revert', snapshot });
                        }}
                      >
                        Revert…
                      </ActionButton>
                      <ActionButton
                        size="sm"
                        kind="ghost"
                        label={`Delete ${snapshot.name}`}
                        reason={why('snapshotDelete')}
                        onClick={() => {
                          setAsked({ what: 'delete', snapshot });
                        }}
                      >
                        Delete…
                      </ActionButton>
                    </span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {asked?.what === 'make' ? (
        <MakeDialog vm={vm} taken={snapshots.map((one) => one.name)} onClose={close} />
      ) : null}
      {asked?.what === 'revert' ? <RevertDialog vm={vm} snapshot={asked.snapshot} onClose={close} /> : null}
      {asked?.what === 'delete' ? <DeleteDialog vm={vm} snapshot={asked.snapshot} onClose={close} /> : null}
    </>
  );
}
