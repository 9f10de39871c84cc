import { useState } from 'react';
import { Link } from 'wouter';
import type { Balancer } from '../../../shared/domains/moves/maintenance-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { Segments } from '../../ui/chips.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { NumberField } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';

const BUSIEST = 8;

/** Off, it tells what it would do; on, it does that: two moves at once, half an hour of rest for a VM. */
export function BalancerPanel() {
  const answer = useQuery(
    'moves.balancerGet',
    {},
    { topics: ['maintenance', 'move', 'host'], atMostEveryMs: 5000 },
  );
  return (
    <Panel
      pad
      title="Balancer"
      meta="load is damped: 75 % last minute, 25 % last half hour; two moves at once; a VM rests 30 min"
    >
      {answer.data ? (
        <>
          <Settings
            key={JSON.stringify([answer.data.enabled, answer.data.cpuPercent, answer.data.memoryPercent])}
            of={answer.data}
          />
          <Plan of={answer.data} />
          <Loads of={answer.data} />
        </>
      ) : answer.error ? (
        <ErrorPanel error={answer.error} onRetry={answer.refetch} />
      ) : (
        <Skeleton rows={4} />
      )}
    </Panel>
  );
}

function Settings({ of }: { of: Balancer }) {
  const may = useMay('fleet.administer');
  const set = useCommand('moves.balancerSet');
  const [cpu, setCpu] = useState<number | string>(of.cpuPercent);
  const [memory, setMemory] = useState<number | string>(of.memoryPercent);
  const isChanged = cpu !== of.cpuPercent || memory !== of.memoryPercent;
  const save = (enabled: boolean): void => {
    if (typeof cpu !== 'number' || typeof memory !== 'number') return;
    void set.run({ enabled, cpuPercent: cpu, memoryPercent: memory });
  };
  return (
    <>
      <div className="ik-row" style={{ alignItems: 'flex-end', gap: 16, marginBottom: 12 }}>
        <Segments
          label="Balancer"
          value={of.enabled ? 'on' : 'off'}
          options={[
            { value: 'off', label: 'Off: only say' },
            { value: 'on', label: 'On: move VMs' },
          ]}
          onChange={(value) => {
            if (may === null) save(value === 'on');
          }}
        />
        <NumberField
          label="Acts at CPU of"
          unit="%"
          w={120}
          min={1}
          max={100}
          value={cpu}
          onChange={setCpu}
        />
        <NumberField
          label="or memory of"
          unit="%"
          w={120}
          min={1}
          max={100}
          value={memory}
          onChange={setMemory}
        />
        <ActionButton
          reason={may ?? (isChanged ? null : 'Nothing was changed.')}
          busy={set.pending}
          onClick={() => {
            save(of.enabled);
          }}
        >
          Save
        </ActionButton>
      </div>
      {set.error ? <Note tone="bad">{set.error.sentence}</Note> : null}
    </>
  );
}

function Plan({ of }: { of: Balancer }) {
  return (
    <>
      <div className="ik-sub">
        <h3>{of.enabled ? 'Does next' : 'Would do now'}</h3>
      </div>
      {of.plan.length === 0 && of.notes.length === 0 ? (
        <p className="ik-sm ik-t3">Nothing: no host is above these limits.</p>
      ) : null}
      <ul className="ik-sm ik-in-text">
        {of.plan.map((move) => (
          <li key={move.vmId} style={{ padding: '2px 0' }}>
            Move{' '}
            <Link href={`/vms/${move.vmId}`} className="ik-link">
              {move.vm}
            </Link>{' '}
            from {move.from} to {move.to}. <span className="ik-t2">{move.why}</span>
          </li>
        ))}
        {of.notes.map((note) => (
          <li key={note} className="ik-t2" style={{ padding: '2px 0' }}>
            {note}
          </li>
        ))}
      </ul>
    </>
  );
}

function Loads({ of }: { of: Balancer }) {
  const busiest = of.hosts
    .toSorted((a, b) => Math.max(b.cpuPercent, b.memoryPercent) - Math.max(a.cpuPercent, a.memoryPercent))
    .slice(0, BUSIEST);
  if (busiest.length === 0)
    return <p className="ik-sm ik-t3">Hosts are measured once a minute; nothing is known yet.</p>;
  const cell = (value: number, limit: number) => (
    <td className={value > limit ? 'ik-num ik-warn' : 'ik-num'}>{Math.round(value)} %</td>
  );
  return (
    <table className="ik-tb" style={{ maxWidth: 460 }}>
      <caption className="ik-xs ik-t3" style={{ textAlign: 'left', paddingTop: 8 }}>
        The busiest, as it sees them
      </caption>
      <thead>
        <tr>
          <th>Host</th>
          <th className="ik-num">CPU</th>
          <th className="ik-num">Memory</th>
        </tr>
      </thead>
      <tbody>
        {busiest.map((host) => (
          <tr key={host.hostId}>
            <td>{host.host}</td>
            {cell(host.cpuPercent, of.cpuPercent)}
            {cell(host.memoryPercent, of.memoryPercent)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
