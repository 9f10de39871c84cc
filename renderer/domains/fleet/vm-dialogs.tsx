import { useState } from 'react';
import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useQuery } from '../../client/use-query.ts';
import { Segments } from '../../ui/chips.tsx';
import { ConfirmDestroy, ConfirmDialog } from '../../ui/dialog.tsx';
import { BytesText } from '../../ui/figures.tsx';
import { NumberField } from '../../ui/form-field.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import { toast } from '../../ui/toast.ts';

interface DialogProps {
  vm: VmDetail;
  onClose: () => void;
}

function useEnvironmentName(): string | undefined {
  return useQuery('system.about', {}, { topics: ['environment'] }).data?.environment.name;
}

/** Who and what is touched: the same three facts above every question. */
function Touched({ vm }: { vm: VmDetail }) {
  return (
    <KeyValues
      facts={[
        { label: 'Customer', value: vm.customer || 'Nobody' },
        { label: 'Host', value: vm.host },
        { label: 'Address', value: vm.address || null },
      ]}
    />
  );
}

/** Asks the guest to shut down; how long to wait and what then. */
export function VmShutdownDialog({ vm, onClose }: DialogProps) {
  const environment = useEnvironmentName();
  const shutdown = useCommand('fleet.vmShutdown');
  const [graceSeconds, setGrace] = useState<number | string>(120);
  const [thenForce, setForce] = useState(false);
  const isWhole = typeof graceSeconds === 'number' && graceSeconds >= 1 && graceSeconds <= 3600;
  const confirm = async (): Promise<void> => {
    if (!isWhole) return;
    if (await shutdown.run({ vmId: vm.id, graceSeconds, thenForce })) {
      toast('acc', `Shutting down ${vm.name}`, `It has ${graceSeconds} s; the task says how it ends.`);
      onClose();
    }
  };
  return (
    <ConfirmDialog
      title={`Shut down ${vm.name}`}
      environment={environment}
      action="Shut down"
      busy={shutdown.pending}
      problem={shutdown.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <Touched vm={vm} />
      <p>The guest is asked to shut down, as with its power button.</p>
      <div className="ik-row" style={{ alignItems: 'flex-start' }}>
        <NumberField
          label="Wait for it"
          data-autofocus
          unit="s"
          w={120}
          min={1}
          max={3600}
          value={graceSeconds}
          error={isWhole ? null : 'From 1 to 3,600 seconds'}
          onChange={setGrace}
        />
        <div style={{ marginTop: 22 }}>
          <Segments
            label="If it does not follow"
            value={thenForce ? 'force' : 'leave'}
            options={[
              { value: 'leave', label: 'then leave it running' },
              { value: 'force', label: 'then force it off' },
            ]}
            onChange={(value) => {
              setForce(value === 'force');
            }}
          />
        </div>
      </div>
    </ConfirmDialog>
  );
}

/** Cutting the power loses what is not on disk: the name is typed. */
export function VmForceOffDialog({ vm, onClose }: DialogProps) {
  const environment = useEnvironmentName();
  const force = useCommand('fleet.vmForceOff');
  return (
    <ConfirmDestroy
      title={`Force off ${vm.name}`}
      environment={environment}
      name={vm.name}
      verb="Force off"
      busy={force.pending}
      problem={force.error?.sentence}
      onConfirm={() =>
        void force.run({ vmId: vm.id }).then((done) => {
          if (done) onClose();
        })
      }
      onClose={onClose}
    >
      <Touched vm={vm} />
      <p>
        Like pulling the plug: what the guest has not written to disk is lost. Shut down first where it still
        answers.
      </p>
    </ConfirmDestroy>
  );
}

/** The reset button of the machine. */
export function VmResetDialog({ vm, onClose }: DialogProps) {
  const environment = useEnvironmentName();
  const reset = useCommand('fleet.vmReset');
  return (
    <ConfirmDialog
      title={`Reset ${vm.name}`}
      environment={environment}
      action={`Reset ${vm.name}`}
      danger
      busy={reset.pending}
      problem={reset.error?.sentence}
      onConfirm={() =>
        void reset.run({ vmId: vm.id }).then((done) => {
          if (done) onClose();
        })
      }
      onClose={onClose}
    >
      <Touched vm={vm} />
      <p>
        Presses its reset button: it starts anew at once, and what is not on disk is lost. Restart asks the
        guest instead.
      </p>
    </ConfirmDialog>
  );
}

/** Deletes the VM with its disks; the task is followed on the page of tasks. */
export function VmDeleteDialog({ vm, onClose, onGone }: DialogProps & { onGone: () => void }) {
  const environment = useEnvironmentName();
  const remove = useCommand('fleet.vmDelete');
  const confirm = async (): Promise<void> => {
    if (await remove.run({ vmId: vm.id, confirmName: vm.name })) {
      toast('acc', `Deleting ${vm.name}`, 'The task says when its disks are gone.');
      onClose();
      onGone();
    }
  };
  const disks = vm.disks.filter((disk) => !disk.readonly);
  return (
    <ConfirmDestroy
      title={`Delete ${vm.name}`}
      environment={environment}
      name={vm.name}
      busy={remove.pending}
      problem={remove.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <Touched vm={vm} />
      <p>These go with it and do not come back:</p>
      <ul style={{ marginTop: 4 }}>
        {disks.map((disk) => (
          <li key={disk.target} className="ik-row ik-sm">
            <span className="ik-med">{disk.target}</span>
            <BytesText bytes={disk.capacityBytes || null} />
            <span className="ik-t3 ik-el" title={disk.source}>
              {disk.source}
            </span>
          </li>
        ))}
        {disks.length === 0 ? <li className="ik-sm ik-t3">It has no disk of its own.</li> : null}
      </ul>
    </ConfirmDestroy>
  );
}
