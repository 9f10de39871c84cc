import './alerts.css';
import { useState } from 'react';
import IconBellOff from '@tabler/icons-react/dist/esm/icons/IconBellOff.mjs';
import type { SilenceRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { AlertTabs } from './alert-tabs.tsx';
import { SilenceDialog } from './silence-dialog.tsx';

const SHOWN = 200;

function SilenceLine({ silence, may }: { silence: SilenceRow; may: string | null }) {
  const end = useCommand('alerts.silenceEnd');
  return (
    <tr>
      <td className="ik-med ik-el" title={silence.about}>
        {silence.about}
      </td>
      <td className="ik-wrap ik-t2">{silence.reason}</td>
      <td>{silence.by}</td>
      <td>
        <Timestamp dated atMs={Date.parse(silence.startedAt)} />
      </td>
      <td>
        <Timestamp dated atMs={Date.parse(silence.endedAt ?? silence.endsAt)} />
        {silence.endedBy ? <span className="ik-t3"> by {silence.endedBy}</span> : null}
      </td>
      <td className="ik-num">{formatCount(silence.alerts)}</td>
      <td className="ik-num">
        {silence.active ? (
          <ActionButton
            size="sm"
            kind="ghost"
            reason={may}
            busy={end.pending}
            onClick={() => void end.run({ silenceId: silence.id })}
          >
            End now
          </ActionButton>
        ) : (
          <span className="ik-t3">over</span>
        )}
      </td>
    </tr>
  );
}

function Silences({ title, rows, may }: { title: string; rows: readonly SilenceRow[]; may: string | null }) {
  return (
    <Panel title={title} meta={formatCount(rows.length)}>
      <table className="ik-tb">
        <colgroup>
          <col />
          <col />
          <col style={{ width: 110 }} />
          <col style={{ width: 130 }} />
          <col style={{ width: 190 }} />
          <col style={{ width: 64 }} />
          <col style={{ width: 96 }} />
        </colgroup>
        <thead>
          <tr>
            <th>What</th>
            <th>Reason</th>
            <th>By</th>
            <th>From</th>
            <th>Until</th>
            <th className="ik-num">Alerts</th>
            <th>
              <span className="ik-sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((silence) => (
            <SilenceLine key={silence.id} silence={silence} may={may} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

/** What nobody is told of, until when and why. */
export function SilencePage() {
  const found = useQuery('alerts.silenceList', { limit: SHOWN }, { topics: ['silence', 'alert'] });
  const may = useMay('alerts.operate');
  const [isOpen, setOpen] = useState(false);
  const start = (
    <ActionButton
      kind="primary"
      icon={IconBellOff}
      reason={may}
      onClick={() => {
        setOpen(true);
      }}
    >
      Silence…
    </ActionButton>
  );
  const rows = found.data?.rows ?? [];
  const active = rows.filter((silence) => silence.active);
  const over = rows.filter((silence) => !silence.active);
  return (
    <>
      <PageHead title="Silences" actions={start} />
      <div className="ik-page">
        <AlertTabs value="/alerts/silences" />
        {found.error && !found.data ? (
          <ErrorPanel title="The silences could not be read" error={found.error} onRetry={found.refetch} />
        ) : null}
        {!found.data && !found.error ? <Skeleton rows={6} /> : null}
        {found.data && rows.length === 0 ? (
          <EmptyState icon={IconBellOff} title="Nothing is silenced">
            A silence tells nobody of certain alerts until a time, with the reason beside it. A host in
            maintenance is silent by itself.
          </EmptyState>
        ) : null}
        {active.length > 0 ? <Silences title="In force" rows={active} may={may} /> : null}
        {over.length > 0 ? <Silences title="Over" rows={over} may={may} /> : null}
      </div>
      {isOpen ? (
        <SilenceDialog
          onClose={() => {
            setOpen(false);
          }}
        />
      ) : null}
    </>
  );
}
