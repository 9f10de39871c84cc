import { useState } from 'react';
import type { HostFacts } from '../../../shared/domains/fleet/host-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';

/** Where other hosts send memory and disks of VMs that move to this one. */
export function HostMoveAddressDialog({ host, onClose }: { host: HostFacts; onClose: () => void }) {
  const [address, setAddress] = useState(host.moveAddress);
  const save = useCommand('fleet.hostMoveAddress');
  const environment = useEnvironmentName();
  const confirm = async (): Promise<void> => {
    const saved = await save.run({ hostId: host.id, address });
    if (!saved) return;
    toast('ok', `VMs move to ${host.name} at ${address.trim() || host.address} from now on`);
    onClose();
  };
  return (
    <ConfirmDialog
      title={`Address of ${host.name} for moves`}
      environment={environment}
      action="Save"
      busy={save.pending}
      problem={save.error?.sentence ?? save.fields['address']}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <TextField
        label="Address for moves"
        placeholder={host.address}
        data-autofocus
        value={address}
        onChange={(event) => {
          setAddress(event.target.value);
        }}
      />
      <p className="ik-sm ik-t2">
        Its address on the network between your hosts: memory and disks of VMs that move here go there,
        unencrypted, on TCP ports 49152 to 49215. Empty: {host.address}, at which it is managed.
      </p>
    </ConfirmDialog>
  );
}
