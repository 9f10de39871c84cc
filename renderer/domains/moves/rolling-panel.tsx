import { useState } from 'react';
import { Link } from 'wouter';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import IconPlayerSkipForward from '@tabler/icons-react/dist/esm/icons/IconPlayerSkipForward.mjs';
import IconTool from '@tabler/icons-react/dist/esm/icons/IconTool.mjs';
import type { Rolling } from '../../../shared/domains/moves/maintenance-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import type { IconComponent, Tone } from '../../ui/icon.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Ago } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { RollingDialog } from './rolling-dialog.tsx';

const hostLooks: Record<
  Rolling['hosts'][number]['state'],
  { tone: Tone; icon: IconComponent; word: string }
> = {
  waiting: { tone: 'idle', icon: IconClock, word: 'Waits' },
  evacuating: { tone: 'acc', icon: IconLoader2, word: 'Being evacuated' },
  holding: { tone: 'warn', icon: IconTool, word: 'Held' },
  go: { tone: 'acc', icon: IconLoader2, word: 'Comes back' },
  done: { tone: 'ok', icon: IconCircleCheck, word: 'Back' },
  skipped: { tone: 'idle', icon: IconPlayerSkipForward, word: 'Skipped' },
};
const stateWords = { running: 'under way', paused: 'paused', done: 'done', stopped: 'stopped' } as const;
const SHOWN_ENDED = 3;

/** Maintenance that rolls over clusters: what is under way, host by host, and what can be said to it. */
export function RollingPanel() {
  const answer = useQuery('moves.rollingList', {}, { topics: ['maintenance', 'host'], atMostEveryMs: 1000 });
  const may = useMay('fleet.administer');
  const [asking, setAsking] = useState(false);
  const rows = answer.data?.rows ?? [];
  const isOpen = (row: Rolling): boolean => row.state === 'running' || row.state === 'paused';
  const shown = [...rows.filter(isOpen), ...rows.filter((row) => !isOpen(row)).slice(0, SHOWN_ENDED)];
  return (
    <Panel
      pad
      title="Rolling maintenance"
      meta="one host after the other: emptied, held, back"
      actions={
        <ActionButton
          kind="primary"
          reason={may}
          onClick={() => {
            setAsking(true);
          }}
        >
          Begin…
        </ActionButton>
      }
    >
      {answer.data === undefined ? (
        answer.error ? (
          <ErrorPanel error={answer.error} onRetry={answer.refetch} />
        ) : (
          <Skeleton rows={3} />
        )
      ) : shown.length === 0 ? (
        <p className="ik-sm ik-t3">None yet. A single host is evacuated on its own page.</p>
      ) : (
        shown.map((row) => <OneRolling key={row.id} row={row} />)
      )}
      {asking ? (
        <RollingDialog
          onClose={() => {
            setAsking(false);
          }}
        />
      ) : null}
    </Panel>
  );
}

function OneRolling({ row }: { row: Rolling }) {
  const may = useMay('fleet.administer');
  const say = useCommand('moves.rollingSay');
  const isOpen = row.state === 'running' || row.state === 'paused';
  const current = row.hosts.find((host) => host.state !== 'done' && host.state !== 'skipped');
  const button = (
    word: 'pause' | 'resume' | 'go' | 'skip' | 'stop',
    label: string,
    off: string | null = null,
  ) => (
    <ActionButton
      key={word}
      reason={may ?? off}
      busy={say.pending}
      kind={word === 'stop' ? 'danger-outline' : 'default'}
      onClick={() => void say.run({ rollingId: row.id, say: word })}
    >
      {label}
    </ActionButton>
  );
  const through = row.hosts.filter((host) => host.state === 'done').length;
  return (
    <section aria-label={row.title} style={{ marginBottom: 16 }}>
      <div className="ik-sub">
        <h3>{row.title}</h3>
        <span className="ik-xs ik-t3">
          {stateWords[row.state]}
          {row.anyTime && isOpen ? ', at any time' : ''}, {through} of {row.hosts.length} back; {row.askedBy}{' '}
          <Ago atMs={Date.parse(row.askedAt)} />
        </span>
        <span className="ik-grow" />
        {isOpen ? (
          <span className="ik-row" style={{ gap: 6 }}>
            {button('go', 'Go', current?.state === 'holding' ? null : 'No host is held now.')}
            {row.state === 'paused' ? button('resume', 'Go on') : button('pause', 'Pause')}
            {button('skip', 'Skip this host')}
            {button('stop', 'Stop')}
          </span>
        ) : null}
      </div>
      <table className="ik-tb">
        <colgroup>
          <col style={{ width: 170 }} />
          <col style={{ width: 150 }} />
          <col />
          <col style={{ width: 110 }} />
        </colgroup>
        <thead>
          <tr>
            <th>Host</th>
            <th>State</th>
            <th>Waits for</th>
            <th>Since</th>
          </tr>
        </thead>
        <tbody>
          {row.hosts.map((host) => (
            <tr key={host.hostId}>
              <td>
                <Link href={`/hosts/${host.hostId}`} className="ik-med">
                  {host.host}
                </Link>
              </td>
              <td>
                <StateLabel {...hostLooks[host.state]} />
              </td>
              <td className="ik-t2">
                <span className="ik-el" title={host.note}>
                  {host.note === '' ? '–' : host.note}
                </span>
              </td>
              <td>{host.state === 'waiting' ? '–' : <Ago atMs={Date.parse(host.changedAt)} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {say.error ? <Note tone="bad">{say.error.sentence}</Note> : null}
    </section>
  );
}
