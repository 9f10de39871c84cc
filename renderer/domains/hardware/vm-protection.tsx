import type { VmDetail } from '../../../shared/domains/fleet/vm-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { Ago } from '../../ui/moment.tsx';

const count = (many: number, one: string): string => `${many} ${one}${many === 1 ? '' : 's'}`;

/** What there is to go back to, by what its host says now; where that is nothing, it says so. */
export function VmProtection({ vm }: { vm: VmDetail }) {
  const answer = useQuery(
    'hardware.vmSnapshots',
    { vmId: vm.id },
    { topics: ['vm', 'task'], atMostEveryMs: 10_000 },
  );
  if (!answer.data) {
    const words = answer.error ? `not known: ${answer.error.sentence}` : 'being looked up';
    return (
      <span className="ik-t3" title={words}>
        {words}
      </span>
    );
  }
  const { snapshots, checkpoints } = answer.data;
  const last = [...snapshots, ...checkpoints]
    .map((one) => Date.parse(one.createdAt))
    .toSorted((a, b) => b - a)[0];
  if (last === undefined) return <span className="ik-warn">Nothing: no backup, no snapshot</span>;
  const kinds = [
    ...(checkpoints.length > 0 ? [`a backup chain of ${count(checkpoints.length, 'checkpoint')}`] : []),
    ...(snapshots.length > 0 ? [`${count(snapshots.length, 'snapshot')} on its own disks`] : []),
  ];
  return (
    <span>
      {kinds.join(', ')}, last <Ago atMs={last} />
      {checkpoints.length === 0 ? <span className="ik-t3">; no backup</span> : null}
    </span>
  );
}
