import { Link } from 'wouter';
import type { AuditRow } from '../../../shared/domains/system/system-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { useElementSize } from '../../ui/element-size.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatMoment } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { AuditResult } from '../../domains/system/audit-result.tsx';
import { operationWords } from '../../domains/system/operation-words.ts';

/** Rows asked for; as many are shown as there is room for, five at least. */
const ROWS = 40;
const ROWS_AT_LEAST = 5;
const ROW_PX = 28;

/** Leaves out the line that a command had begun where the line of its end is there too. */
function withoutBegun(rows: readonly AuditRow[]): AuditRow[] {
  const ended = new Set(rows.filter((row) => row.phase === 'ended').map((row) => row.operation + row.input));
  return rows.filter((row) => row.phase !== 'begun' || !ended.has(row.operation + row.input));
}

/** The last lines of the audit log. */
export function ActivityPanel() {
  const log = useQuery('system.auditList', { limit: ROWS, direction: 'desc' }, { topics: ['audit'] });
  const { ref, height } = useElementSize();
  const fitting = Math.max(ROWS_AT_LEAST, Math.floor(height / ROW_PX));
  const rows = log.data && withoutBegun(log.data.rows).slice(0, fitting);
  return (
    <Panel
      title="Recent activity"
      meta="audit log, everybody"
      actions={
        <Link href="/activity" className="ik-link">
          Open log
        </Link>
      }
    >
      <div ref={ref} className="ik-fill" style={{ minHeight: ROWS_AT_LEAST * ROW_PX }}>
        {!rows && log.error ? <ErrorPanel error={log.error} onRetry={log.refetch} /> : null}
        {!rows && !log.error ? <Skeleton rows={ROWS_AT_LEAST} /> : null}
        {rows?.length === 0 ? <p className="ik-pb ik-t2 ik-sm">Nothing was done here yet.</p> : null}
        {rows && rows.length > 0 ? (
          <table className="ik-tb">
            <colgroup>
              <col style={{ width: 60 }} />
              <col style={{ width: 84 }} />
              <col />
              <col style={{ width: 204 }} />
            </colgroup>
            <tbody>
              {rows.map((row) => (
                <tr key={row.seq}>
                  <td className="ik-t3 ik-tn">{formatMoment(Date.parse(row.at))}</td>
                  <td className="ik-t2">{row.actor}</td>
                  <td className="ik-act" title={row.subject}>
                    {operationWords(row)} <b>{row.subject}</b>
                  </td>
                  <td>
                    <AuditResult row={row} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
      </div>
    </Panel>
  );
}
