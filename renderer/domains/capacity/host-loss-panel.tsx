import { Link } from 'wouter';
import type { ResultOf } from '../../client/operation-types.ts';
import { useQuery } from '../../client/use-query.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { BytesText } from '../../ui/figures.tsx';
import { SelectField } from '../../ui/form-field.tsx';
import { formatCount } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { CAPACITY_EVERY_MS, CAPACITY_TOPICS } from './capacity-topics.ts';
import { LossLabel } from './loss-words.tsx';

type Trial = ResultOf<'capacity.hostLossTry'>;

const TARGETS_SHOWN = 8;

function Unplaced({ trial }: { trial: Trial }) {
  return (
    <table className="ik-tb">
      <colgroup>
        <col style={{ width: 132 }} />
        <col style={{ width: 52 }} />
        <col style={{ width: 68 }} />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th>Would have no place</th>
          <th className="ik-num">vCPU</th>
          <th className="ik-num">Memory</th>
          <th style={{ paddingLeft: 12 }}>Why</th>
        </tr>
      </thead>
      <tbody>
        {trial.unplaced.map((vm) => (
          <tr key={vm.vmId}>
            <td className="ik-med">
              <Link href={`/vms/${vm.vmId}`} className="ik-el">
                {vm.vm}
              </Link>
            </td>
            <td className="ik-num">{vm.vcpus}</td>
            <td className="ik-num">
              <BytesText bytes={vm.memoryBytes} />
            </td>
            <td className="ik-wrap ik-t2" style={{ paddingLeft: 12 }}>
              {vm.reason}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Targets({ trial }: { trial: Trial }) {
  const most = trial.targets.toSorted((a, b) => b.vms - a.vms);
  return (
    <table className="ik-tb">
      <colgroup>
        <col />
        <col style={{ width: 72 }} />
        <col style={{ width: 84 }} />
      </colgroup>
      <thead>
        <tr>
          <th>Would go to</th>
          <th className="ik-num">VMs</th>
          <th className="ik-num">Memory</th>
        </tr>
      </thead>
      <tbody>
        {most.slice(0, TARGETS_SHOWN).map((target) => (
          <tr key={target.hostId}>
            <td className="ik-med">
              <Link href={`/hosts/${target.hostId}`} className="ik-el">
                {target.host}
              </Link>
            </td>
            <td className="ik-num">{formatCount(target.vms)}</td>
            <td className="ik-num">
              <BytesText bytes={target.memoryBytes} />
            </td>
          </tr>
        ))}
        {most.length > TARGETS_SHOWN ? (
          <tr>
            <td className="ik-t3" colSpan={3}>
              and {formatCount(most.length - TARGETS_SHOWN)} more hosts
            </td>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}

function Answer({ trial }: { trial: Trial }) {
  const gone = trial.unplacedTotal;
  return (
    <>
      <div className="ik-pb">
        {gone > 0 ? (
          <Note tone="bad">
            Not without loss: {formatCount(gone)} of the {formatCount(trial.vms)} VMs of {trial.host} would
            have no place in {trial.cluster}.
          </Note>
        ) : (
          <Note tone={trial.verdict === 'tight' ? 'warn' : 'acc'}>
            Yes: all {formatCount(trial.vms)} VMs of {trial.host} fit on the other hosts of {trial.cluster}
            {trial.verdict === 'tight' ? ', but hardly anything could be sold afterwards.' : '.'}
          </Note>
        )}
      </div>
      {gone > 0 ? (
        // It scrolls, so the keyboard must be able to get there.
        <div className="ik-capleft" role="region" aria-label="VMs without a place" tabIndex={0}>
          <Unplaced trial={trial} />
        </div>
      ) : null}
      {trial.targets.length > 0 ? <Targets trial={trial} /> : null}
    </>
  );
}

/** "Can I lose hv7?": its VMs placed on the others on paper, and what would not fit and why. */
export function HostLossPanel(props: {
  hosts: readonly { hostId: string; host: string }[];
  hostId: string;
  onHost: (hostId: string) => void;
}) {
  const answer = useQuery('capacity.hostLossTry', props.hostId === '' ? null : { hostId: props.hostId }, {
    topics: CAPACITY_TOPICS,
    atMostEveryMs: CAPACITY_EVERY_MS,
  });
  const trial = answer.data;
  return (
    <Panel
      title="Can I lose a host?"
      meta={
        trial ? (
          <LossLabel
            loss={{
              verdict: trial.verdict,
              unplaced: trial.unplacedTotal,
              spareMemoryBytes: trial.spareMemoryBytes,
            }}
          />
        ) : undefined
      }
      actions={
        <SelectField
          size="xs"
          aria-label="Host to lose"
          data={props.hosts.map(({ hostId, host }) => ({ value: hostId, label: host }))}
          value={props.hostId === '' ? null : props.hostId}
          searchable
          allowDeselect={false}
          onChange={(hostId) => {
            if (hostId !== null) props.onHost(hostId);
          }}
        />
      }
    >
      {trial ? (
        <Answer trial={trial} />
      ) : answer.error ? (
        <ErrorPanel error={answer.error} onRetry={answer.refetch} />
      ) : props.hostId === '' ? (
        <p className="ik-pb ik-sm ik-t3">With one host there is no other for its VMs.</p>
      ) : (
        <Skeleton rows={6} />
      )}
    </Panel>
  );
}
