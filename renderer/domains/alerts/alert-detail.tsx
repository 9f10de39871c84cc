import { useState } from 'react';
import { Link } from 'wouter';
import IconBellOff from '@tabler/icons-react/dist/esm/icons/IconBellOff.mjs';
import IconUserCheck from '@tabler/icons-react/dist/esm/icons/IconUserCheck.mjs';
import IconUserMinus from '@tabler/icons-react/dist/esm/icons/IconUserMinus.mjs';
import { alertTitle } from '../../../shared/domains/alerts/alert-rules.ts';
import type { AlertRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { Badge } from '../../ui/state-label.tsx';
import { AlertSubjectLink } from './alert-columns.tsx';
import { severityWords, standing } from './alert-words.ts';
import { SilenceDialog } from './silence-dialog.tsx';

function Actions({ alert }: { alert: AlertRow }) {
  const may = useMay('alerts.operate');
  const acknowledge = useCommand('alerts.alertAcknowledge');
  const [silencing, setSilencing] = useState(false);
  const isOver = alert.state === 'resolved';
  const over = isOver ? 'The alert is over: there is nothing to take on any more.' : null;
  const isTaken = alert.acknowledgedBy !== '';
  return (
    <>
      <ActionButton
        kind={isTaken ? 'default' : 'primary'}
        icon={isTaken ? IconUserMinus : IconUserCheck}
        reason={may ?? over}
        busy={acknowledge.pending}
        onClick={() => void acknowledge.run({ alertIds: [alert.id], acknowledged: !isTaken })}
      >
        {isTaken ? 'Give back' : 'Take on'}
      </ActionButton>
      <ActionButton
        icon={IconBellOff}
        reason={may}
        onClick={() => {
          setSilencing(true);
        }}
      >
        Silence…
      </ActionButton>
      {acknowledge.error ? <span className="ik-bad ik-sm">{acknowledge.error.sentence}</span> : null}
      {silencing ? (
        <SilenceDialog
          alert={alert}
          onClose={() => {
            setSilencing(false);
          }}
        />
      ) : null}
    </>
  );
}

function moment(at: string | null) {
  return at === null ? null : <Timestamp dated atMs={Date.parse(at)} />;
}

/** One alert: what it is about, since when, who has taken it on, what keeps it silent. */
export function AlertDetail(props: { alertId: string; step?: DetailStep; onClose?: () => void }) {
  const { alertId, step, onClose } = props;
  const answer = useQuery('alerts.alertGet', { alertId }, { topics: ['alert', 'silence'] });
  const alert = answer.data;
  if (!alert) {
    return answer.error ? (
      <ErrorPanel title="The alert could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={8} />
    );
  }
  const severity = severityWords[alert.severity];
  const state = standing(alert);
  return (
    <>
      <DetailHead
        title={alertTitle(alert.subject, alert.rule)}
        badge={
          <Badge tone={severity.tone} icon={severity.icon}>
            {severity.word}
          </Badge>
        }
        facts={
          <span className="ik-row" style={{ gap: 4 }}>
            <state.icon size={13} aria-hidden className={`ik-${state.tone}`} /> {state.word}
          </span>
        }
        actions={<Actions alert={alert} />}
        onPrevious={step?.previous}
        onNext={step?.next}
        onClose={onClose}
        href={`/alerts/${alert.id}`}
      />
      <DetailBody>
        <Note
          tone={alert.state === 'resolved' ? 'ok' : alert.severity === 'critical' ? 'bad' : 'warn'}
          icon={alert.state === 'resolved' ? state.icon : severity.icon}
        >
          {alert.detail}
        </Note>
        {alert.silenced ? <Note tone="acc">Nobody is told: {alert.silenced}</Note> : null}
        {alert.flaps >= 2 && alert.state !== 'resolved' ? (
          <Note tone="acc">
            It came back {alert.flaps} times within an hour: it is called resolved only after half an hour
            without it.
          </Note>
        ) : null}
        <h3>Facts</h3>
        <KeyValues
          facts={[
            { label: 'Object', value: <AlertSubjectLink alert={alert} /> },
            ...(alert.host === '' || alert.subject.kind === 'host'
              ? []
              : [
                  {
                    label: 'Host',
                    value: (
                      <Link href={`/hosts/${alert.hostId}`} className="ik-link">
                        {alert.host}
                      </Link>
                    ),
                  },
                ]),
            {
              label: 'Rule',
              value: (
                <Link href="/alerts/rules" className="ik-link">
                  {alert.rule}
                </Link>
              ),
            },
            { label: 'Began', value: moment(alert.beganAt) },
            { label: 'Fired', value: moment(alert.firedAt) },
            { label: 'Told', value: moment(alert.toldAt) },
            { label: 'Resolved', value: moment(alert.resolvedAt) },
            {
              label: 'Taken on by',
              value:
                alert.acknowledgedBy === '' ? null : (
                  <>
                    {alert.acknowledgedBy}, {moment(alert.acknowledgedAt)}
                  </>
                ),
            },
            ...(alert.note === '' ? [] : [{ label: 'Note', value: alert.note }]),
            ...(alert.silencedUntil === null
              ? []
              : [{ label: 'Silent until', value: moment(alert.silencedUntil) }]),
          ]}
        />
      </DetailBody>
    </>
  );
}
