import { useLocation } from 'wouter';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import type { ResultOf } from '../../client/operation-types.ts';
import { Button } from '../../ui/button.tsx';
import { formatClock, formatCount, formatDatesIn } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { exceptionPath, exceptionWords, severityWords } from './exception-words.ts';

type Overview = ResultOf<'system.overview'>;
type Exception = Overview['exceptions'][number];

function ExceptionRow({ exception }: { exception: Exception }) {
  const [, navigate] = useLocation();
  const words = exceptionWords[exception.key];
  const severity = severityWords[exception.severity];
  const Icon = words.icon;
  const detail = formatDatesIn(exception.detail);
  return (
    <li>
      <span className={`ik-sev ik-${severity.tone}`}>
        <Icon size={15} aria-hidden />
        {severity.word}
      </span>
      <b className="ik-cnt">{formatCount(exception.count)}</b>
      <span className="ik-what">
        <b>{exception.count === 1 ? words.one : words.many}</b>
        <span className="ik-t2 ik-el" title={detail}>
          {detail}
        </span>
      </span>
      <span className="ik-q ik-el">{exception.query}</span>
      <Button
        size="sm"
        onClick={() => {
          navigate(exceptionPath(exception));
        }}
      >
        {words.action}
      </Button>
    </li>
  );
}

/** Exceptions first, each a query with its count; when there is none it says so, query by query. */
export function AttentionPanel({ overview }: { overview: Overview }) {
  const { exceptions, clear } = overview;
  const order = ['critical', 'warning', 'waiting'];
  const sorted = exceptions.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  const meta =
    exceptions.length === 0
      ? `all ${formatCount(clear.length)} queries clear`
      : `${formatCount(exceptions.length)} ${exceptions.length === 1 ? 'query' : 'queries'} with results, ${formatCount(clear.length)} clear`;
  return (
    <Panel
      className="ik-ex"
      title="Needs attention"
      meta={meta}
      foot={
        <>
          <span className="ik-row ik-ok" style={{ gap: 6 }}>
            <IconCircleCheck size={13} aria-hidden />
            Clear
          </span>
          {clear.map((key) => (
            <span key={key}>{exceptionWords[key].clear} 0</span>
          ))}
          <span className="ik-end ik-tn">Checked {formatClock(Date.parse(overview.checkedAt), true)}</span>
        </>
      }
    >
      {exceptions.length > 0 ? (
        <ul>
          {sorted.map((exception) => (
            <ExceptionRow key={exception.key} exception={exception} />
          ))}
        </ul>
      ) : (
        <div className="ik-row ik-pb ik-ok">
          <IconCircleCheck size={16} aria-hidden />
          Nothing needs attention.
        </div>
      )}
    </Panel>
  );
}
