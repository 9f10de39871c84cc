import './moves.css';
import { Link } from 'wouter';
import type { Evacuation } from '../../../shared/domains/moves/maintenance-contract.ts';
import type { HostFacts } from '../../../shared/domains/fleet/host-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { formatCount } from '../../ui/format.ts';
import { Ago } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { Bar, progressWords } from '../../ui/progress-bar.tsx';
import { toast } from '../../ui/toast.ts';

/** Evacuate a host, or bring it back: the button of its page. */
export function HostMaintenanceAction({ host }: { host: HostFacts }) {
  const may = useMay('fleet.administer');
  const evacuate = useCommand('moves.hostEvacuate');
  const back = useCommand('moves.hostBringBack');
  if (host.maintenance === 'active')
    return (
      <ActionButton
        reason={may}
        busy={evacuate.pending}
        onClick={() =>
          void evacuate.run({ hostId: host.id }).then((done) => {
            if (done)
              toast('acc', `${host.name} is being evacuated`, 'Its VMs move away; nothing new is put on it.');
          })
        }
      >
        Evacuate
      </ActionButton>
    );
  return (
    <ActionButton
      reason={may}
      busy={back.pending}
      onClick={() =>
        void back.run({ hostId: host.id }).then((done) => {
          if (done) toast('ok', `${host.name} is back`, 'VMs may be put on it again.');
        })
      }
    >
      Bring back
    </ActionButton>
  );
}

/** How far an evacuation is, or that the host is held; nothing for a host that is open. */
export function HostMaintenance({ host }: { host: HostFacts }) {
  const { data } = useQuery(
    'moves.evacuationGet',
    host.maintenance === 'active' ? null : { hostId: host.id },
    { topics: ['maintenance', 'move', 'vm', 'host'], atMostEveryMs: 1000 },
  );
  if (host.maintenance === 'active' || !data) return null;
  const isHeld = data.maintenance === 'maintenance';
  const gone = Math.max(0, data.vmsAtFirst - data.vmsLeft);
  return (
    <section aria-label="Maintenance" style={{ marginBottom: 14 }}>
      <Note tone={isHeld ? 'warn' : 'acc'}>
        {isHeld
          ? `Held for maintenance: nothing is put on it. ${data.vmsLeft === 0 ? 'It is empty.' : `${formatCount(data.vmsLeft)} VMs were left on it.`} `
          : `Being evacuated: ${formatCount(gone)} of ${formatCount(data.vmsAtFirst)} VMs have left. `}
        {data.askedAt ? (
          <span className="ik-t2">
            {data.askedBy} asked for it <Ago atMs={Date.parse(data.askedAt)} />.
          </span>
        ) : null}
      </Note>
      {isHeld ? null : (
        <div className="ik-row" style={{ margin: '8px 0' }}>
          <Bar
            share={data.vmsAtFirst === 0 ? 1 : gone / data.vmsAtFirst}
            label={`Evacuation of ${data.host}`}
            width={220}
          />
          <span className="ik-sm ik-tn">{formatCount(data.vmsLeft)} left</span>
        </div>
      )}
      <Moving moving={data.moving} />
      <Blocked evacuation={data} />
    </section>
  );
}

function Moving({ moving }: { moving: Evacuation['moving'] }) {
  if (moving.length === 0) return null;
  return (
    <ul className="ik-sm" aria-label="Moves under way">
      {moving.map((move) => (
        <li key={move.moveId} className="ik-row" style={{ padding: '2px 0' }}>
          <Link href={`/moves/${move.moveId}`} className="ik-link">
            {move.vm}
          </Link>
          <span className="ik-t2">→ {move.to}</span>
          <span className="ik-tn ik-t2">
            {move.waiting
              ? 'waits for its turn'
              : move.totalBytes > 0
                ? progressWords({
                    done: move.doneBytes,
                    total: move.totalBytes,
                    unit: 'bytes',
                    ratePerSecond: move.bytesPerSecond,
                  })
                : 'begins'}
          </span>
        </li>
      ))}
    </ul>
  );
}

const answerWords = {
  '': '',
  leave: 'stays where it is',
  'shut-down': 'is shut down, moved and started',
} as const;

/** VMs that do not move by themselves, each with why and what can be said of it. */
function Blocked({ evacuation }: { evacuation: Evacuation }) {
  const may = useMay('fleet.administer');
  const answer = useCommand('moves.evacuationAnswer');
  if (evacuation.blocked.length === 0) return null;
  const say = (vmId: string, word: 'leave' | 'shut-down' | ''): void =>
    void answer.run({ hostId: evacuation.hostId, vmIds: [vmId], answer: word });
  return (
    <>
      <div className="ik-sub">
        <h3>Do not move by themselves</h3>
        <span className="ik-xs ik-t3">
          {formatCount(evacuation.blocked.length)}; tried again every minute
        </span>
      </div>
      <table className="ik-tb">
        <colgroup>
          <col style={{ width: 150 }} />
          <col />
          <col style={{ width: 230 }} />
        </colgroup>
        <thead>
          <tr>
            <th>VM</th>
            <th>Why</th>
            <th>What then</th>
          </tr>
        </thead>
        <tbody>
          {evacuation.blocked.map((vm) => (
            <tr key={vm.vmId} className="mv-tall">
              <td>
                <Link href={`/vms/${vm.vmId}`} className="ik-med">
                  {vm.vm}
                </Link>
              </td>
              <td>{vm.reason}</td>
              <td>
                {vm.answer === '' ? (
                  <span className="ik-row" style={{ gap: 6 }}>
                    <ActionButton reason={may} onClick={() => say(vm.vmId, 'leave')}>
                      Leave
                    </ActionButton>
                    <ActionButton
                      reason={may ?? (vm.isOn ? null : 'It is off already.')}
                      onClick={() => say(vm.vmId, 'shut-down')}
                    >
                      Shut down and move
                    </ActionButton>
                  </span>
                ) : (
                  <span className="ik-row" style={{ gap: 6 }}>
                    <span className="ik-sm ik-t2">{answerWords[vm.answer]}</span>
                    <ActionButton reason={may} onClick={() => say(vm.vmId, '')}>
                      Take back
                    </ActionButton>
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {answer.error ? <Note tone="bad">{answer.error.sentence}</Note> : null}
    </>
  );
}
