import './alerts.css';
import { Link } from 'wouter';
import type { AlertRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { Ago } from '../../ui/moment.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { severityWords, standing } from './alert-words.ts';

function Line({ alert }: { alert: AlertRow }) {
  const severity = severityWords[alert.severity];
  const state = standing(alert);
  const isOfPool = alert.subject.kind === 'pool';
  return (
    <li>
      <StateLabel
        tone={severity.tone}
        icon={severity.icon}
        word={severity.word}
        strong={alert.state === 'firing'}
      />
      <div>
        <Link href={`/alerts/${alert.id}`} className="ik-link">
          {alert.rule}
        </Link>
        <div className="ik-sm ik-t2">
          {isOfPool ? `${alert.subject.name}: ` : ''}
          {alert.detail}
        </div>
      </div>
      <div className="ik-subject-alert-standing">
        <StateLabel tone={state.tone} icon={state.icon} word={state.word} />
        <div className="ik-t3 ik-sm">
          <Ago atMs={Date.parse(alert.beganAt)} />
        </div>
      </div>
    </li>
  );
}

/** Open alerts of a VM, or of a host and its pools, above whatever else is shown of it; nothing where there are none. */
export function SubjectAlerts(subject: { kind: 'vm' | 'host'; id: string; name: string }) {
  const { kind, id, name } = subject;
  const open = useQuery('alerts.alertsOf', { kind, id }, { topics: ['alert', 'silence'] });
  if (open.data === undefined) return null;
  const { rows, more, onVms } = open.data;
  if (rows.length === 0 && onVms === 0) return null;
  const all = `/alerts?query=${encodeURIComponent(kind === 'vm' ? `kind:vm subject="${name}"` : `host:"${name}"`)}`;
  return (
    <section className="ik-subject-alerts" aria-label={`Open alerts of ${name}`}>
      {rows.length === 0 ? null : (
        <ul>
          {rows.map((alert) => (
            <Line key={alert.id} alert={alert} />
          ))}
        </ul>
      )}
      {more || onVms > 0 ? (
        <p className="ik-sm ik-t2">
          {onVms > 0 ? `${onVms === 1 ? '1 alert is' : `${onVms} alerts are`} open on its VMs. ` : ''}
          <Link href={all} className="ik-link">
            {more ? 'See all of them' : 'See them'}
          </Link>
        </p>
      ) : null}
    </section>
  );
}
