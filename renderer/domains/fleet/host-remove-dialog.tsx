import type { HostFacts } from '../../../shared/domains/fleet/host-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useQuery } from '../../client/use-query.ts';
import { ConfirmDestroy } from '../../ui/dialog.tsx';
import { formatCount } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';

/** Forgets a host; its name is typed. */
export function HostRemoveDialog({
  host,
  onClose,
  onGone,
}: {
  host: HostFacts;
  onClose: () => void;
  onGone: () => void;
}) {
  const about = useQuery('system.about', {}, { topics: ['environment'] });
  const remove = useCommand('fleet.hostRemove');
  return (
    <ConfirmDestroy
      title={`Remove ${host.name}`}
      environment={about.data?.environment.name}
      name={host.name}
      verb="Remove"
      busy={remove.pending}
      problem={remove.error?.sentence}
      onConfirm={() =>
        void remove.run({ hostId: host.id, confirmName: host.name }).then((done) => {
          if (!done) return;
          toast('ok', `${host.name} was removed`, 'Its VMs run on as they did.');
          onClose();
          onGone();
        })
      }
      onClose={onClose}
    >
      <p>
        The console forgets this host and the {formatCount(host.vms)} VMs on it. Nothing is changed on the
        host: they run on, but are no longer watched, metered or backed up from here.
      </p>
    </ConfirmDestroy>
  );
}
