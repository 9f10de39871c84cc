import { useState } from 'react';
import { whyNotVm } from '../../../shared/domains/fleet/vm-action-rules.ts';
import type { VmAction } from '../../../shared/domains/fleet/vm-action-rules.ts';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import type { VmDisk, VmHardware, VmNic } from '../../../shared/domains/hardware/hardware-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import type { Fact } from '../../ui/key-values.tsx';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { BootOrderDialog } from './boot-order-dialog.tsx';
import {
  DiskAddDialog,
  DiskAttachDialog,
  DiskDeleteDialog,
  DiskDetachDialog,
  DiskGrowDialog,
} from './disk-dialogs.tsx';
import {
  MediaInsertDialog,
  NicAddDialog,
  NicChangeDialog,
  NicRemoveDialog,
  RescueEndDialog,
} from './device-dialogs.tsx';
import { DisksTable, DrivesTable, NicsTable } from './hardware-tables.tsx';
import { reasonWords } from './reason-words.ts';
import { ResizeDialog } from './resize-dialog.tsx';
import { useChange } from './use-change.ts';

export type Asked =
  | { what: 'resize' | 'diskAdd' | 'diskAttach' | 'nicAdd' | 'bootOrder' | 'rescueEnd' }
  | { what: 'diskGrow' | 'diskDetach' | 'diskDelete'; disk: VmDisk }
  | { what: 'media'; drive: VmDisk | null }
  | { what: 'nicChange' | 'nicRemove'; nic: VmNic };

export type Ask = (asked: Asked) => void;
export type Why = (action: VmAction) => string | null;

function sizeFacts({ running, next }: VmHardware): Fact[] {
  const cpu = (size: { vcpus: number; vcpusMax: number }): string =>
    `${size.vcpus}${size.vcpusMax > size.vcpus ? `, room for ${size.vcpusMax}` : ''}`;
  const memory = (size: { memoryBytes: number; memoryMaxBytes: number }): string =>
    size.memoryBytes === size.memoryMaxBytes
      ? formatBytes(size.memoryMaxBytes)
      : `${formatBytes(size.memoryBytes)} of ${formatBytes(size.memoryMaxBytes)} (balloon)`;
  const now = running ?? next;
  if (now === null) return [];
  const facts: Fact[] = [
    { label: 'vCPUs', value: cpu(now) },
    { label: 'Memory', value: memory(now) },
  ];
  if (running === null || next === null) return facts;
  const changes = [
    ...(cpu(next) === cpu(running) ? [] : [`${cpu(next)} vCPUs`]),
    ...(next.memoryMaxBytes === running.memoryMaxBytes ? [] : [formatBytes(next.memoryMaxBytes)]),
  ];
  return changes.length === 0
    ? facts
    : [...facts, { label: 'Next start', value: changes.join(', '), wide: true }];
}

function Dialogs({
  vm,
  hardware,
  asked,
  close,
}: {
  vm: VmDetail;
  hardware: VmHardware;
  asked: Asked;
  close: () => void;
}) {
  const base = { vm, onClose: close };
  switch (asked.what) {
    case 'resize':
      return <ResizeDialog {...base} hardware={hardware} />;
    case 'diskAdd':
      return <DiskAddDialog {...base} />;
    case 'diskAttach':
      return <DiskAttachDialog {...base} />;
    case 'rescueEnd':
      return <RescueEndDialog {...base} />;
    case 'nicAdd':
      return <NicAddDialog {...base} />;
    case 'bootOrder':
      return <BootOrderDialog {...base} hardware={hardware} />;
    case 'diskGrow':
      return <DiskGrowDialog {...base} disk={asked.disk} />;
    case 'diskDetach':
      return <DiskDetachDialog {...base} disk={asked.disk} />;
    case 'diskDelete':
      return <DiskDeleteDialog {...base} disk={asked.disk} />;
    case 'media':
      return <MediaInsertDialog {...base} drive={asked.drive} />;
    case 'nicChange':
      return <NicChangeDialog {...base} nic={asked.nic} />;
    case 'nicRemove':
      return <NicRemoveDialog {...base} nic={asked.nic} />;
  }
}

function bootWords({ boot, disks }: VmHardware): string {
  const names = boot.map(({ kind, id }) =>
    kind === 'nic'
      ? `network card ${id}`
      : disks.find((one) => one.target === id)?.device === 'cdrom'
        ? `CD drive ${id}`
        : id,
  );
  return names.length === 0 ? 'as its firmware likes' : names.join(', then ');
}

/** What a VM is made of, live from its host, with what can be changed. */
export function HardwareTab({ vm, may }: { vm: VmDetail; may: string | null }) {
  const answer = useQuery(
    'hardware.vmHardware',
    { vmId: vm.id },
    { topics: ['vm', 'task'], atMostEveryMs: 2000 },
  );
  const [asked, setAsked] = useState<Asked | null>(null);
  const refresh = (): void => {
    answer.refetch();
  };
  const autostart = useChange('hardware.vmAutostart', { title: vm.name, onDone: refresh });
  const eject = useChange('hardware.vmMediaEject', { title: `Ejected from ${vm.name}`, onDone: refresh });
  if (!answer.data)
    return answer.error ? (
      <ErrorPanel title="Its hardware could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={10} />
    );
  const hardware = answer.data;
  const why: Why = (action) => reasonWords(whyNotVm(action, vm)) ?? may;
  const button = (action: VmAction, words: string, ask: Asked) => (
    <ActionButton
      size="sm"
      reason={why(action)}
      onClick={() => {
        setAsked(ask);
      }}
    >
      {words}
    </ActionButton>
  );
  const problem = eject.error ?? autostart.error;
  return (
    <div className="ik-hardware">
      {answer.stale ? <Note tone="warn">Not read just now: what stands here may be old.</Note> : null}
      {hardware.rescue ? (
        <Note tone="warn">
          <span className="ik-row">
            <span className="ik-grow">
              It runs from rescue media. At its next start it runs from its own disk again.
            </span>
            {button('rescueEnd', 'End the rescue…', { what: 'rescueEnd' })}
          </span>
        </Note>
      ) : null}
      {hardware.persistent ? null : (
        <Note tone="warn">It has no definition on its host: it is gone when it stops.</Note>
      )}
      {problem ? <Note tone="bad">{problem.sentence}</Note> : null}
      <section aria-label="CPU and memory">
        <div className="ik-sub">
          <h3>CPU and memory</h3>
          <span className="ik-actions">{button('resize', 'Resize…', { what: 'resize' })}</span>
        </div>
        <KeyValues columns={2} facts={sizeFacts(hardware)} />
      </section>
      <section aria-label="Disks">
        <div className="ik-sub">
          <h3>Disks</h3>
          <span className="ik-actions">
            {button('diskAttach', 'Attach a volume…', { what: 'diskAttach' })}
            {button('diskAdd', 'Add a disk…', { what: 'diskAdd' })}
          </span>
        </div>
        <DisksTable vm={vm} hardware={hardware} why={why} ask={setAsked} />
      </section>
      <section aria-label="CD drives">
        <div className="ik-sub">
          <h3>CD drives</h3>
          <span className="ik-actions">
            {button('mediaChange', 'Insert an ISO…', { what: 'media', drive: null })}
          </span>
        </div>
        <DrivesTable
          hardware={hardware}
          why={why}
          ask={setAsked}
          eject={(target) => {
            eject.send({ vmId: vm.id, target });
          }}
        />
      </section>
      <section aria-label="Network cards">
        <div className="ik-sub">
          <h3>Network cards</h3>
          <span className="ik-actions">{button('nicAdd', 'Add a card…', { what: 'nicAdd' })}</span>
        </div>
        <NicsTable vm={vm} hardware={hardware} why={why} ask={setAsked} />
      </section>
      <section aria-label="Starting">
        <div className="ik-sub">
          <h3>Starting</h3>
          <span className="ik-actions">
            <ActionButton
              size="sm"
              reason={why('autostart')}
              busy={autostart.pending}
              onClick={() => {
                autostart.send({ vmId: vm.id, autostart: !hardware.autostart });
              }}
            >
              {hardware.autostart ? 'Start by hand' : 'Start with its host'}
            </ActionButton>
            {button('bootOrder', 'Boot order…', { what: 'bootOrder' })}
          </span>
        </div>
        <KeyValues
          columns={2}
          facts={[
            { label: 'Starts', value: hardware.autostart ? 'with its host' : 'by hand' },
            { label: 'From', value: bootWords(hardware), wide: true },
          ]}
        />
      </section>
      {asked === null ? null : (
        <Dialogs
          vm={vm}
          hardware={hardware}
          asked={asked}
          close={() => {
            setAsked(null);
            refresh();
          }}
        />
      )}
    </div>
  );
}
