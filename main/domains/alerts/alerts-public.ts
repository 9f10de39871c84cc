import { sql, type Kysely } from 'kysely';
import { SEVERITY_RANK } from '../../../shared/domains/alerts/alert-rules.ts';
import { BUILT_IN } from '../../../shared/domains/queries/query-rules.ts';
import type { OverviewException } from '../../../shared/domains/system/system-contract.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { listQueryFilter } from '../../platform/paging/list-query-filter.ts';
import { alertFields } from './alert-list.ts';
import { severityRank } from './alert-store.ts';
import type { AlertsTables } from './alerts-tables.ts';

export { hostAlerts, vmAlerts } from './alerts-of-subjects.ts';

/** Alerts that want somebody; a count of 0 says that it was looked at. */
export async function alertExceptions(db: AnyDatabase): Promise<OverviewException[]> {
  const { query } = BUILT_IN['alerts-firing'];
  const waiting = (db as Kysely<AlertsTables>)
    .selectFrom('alert')
    .where(listQueryFilter(query, alertFields) ?? sql<boolean>`true`);
  const counts = await waiting
    .select(['severity', (of) => of.fn.countAll<number>().as('alerts')])
    .groupBy('severity')
    .execute();
  const worst = await waiting
    .select(['subject_name', 'rule_name'])
    .orderBy(severityRank)
    .orderBy('began_at_ms', 'desc')
    .limit(3)
    .execute();
  const count = counts.reduce((sum, row) => sum + Number(row.alerts), 0);
  const more = count - worst.length;
  const isCritical = counts.some((row) => SEVERITY_RANK[row.severity] === SEVERITY_RANK.critical);
  return [
    {
      key: 'alerts-firing',
      severity: isCritical ? 'critical' : 'warning',
      count,
      detail:
        worst
          .map((row) =>
            row.subject_name === row.rule_name ? row.rule_name : `${row.subject_name}: ${row.rule_name}`,
          )
          .join('; ') + (more > 0 ? ` and ${more} more` : ''),
      list: 'alerts',
      query,
    },
  ];
}
