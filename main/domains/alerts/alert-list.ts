import { sql, type Expression, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import type { ALERT_FIELDS } from '../../../shared/domains/alerts/alert-fields.ts';
import {
  alertSeverity,
  alertState,
  alertSubject,
  type AlertRow,
  type alertsContract,
} from '../../../shared/domains/alerts/alerts-contract.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { alertRowOf, severityRank } from './alert-store.ts';
import type { AlertsTables } from './alerts-tables.ts';
import { silenceWords } from './silence-store.ts';

type List = typeof alertsContract.alertList;
type History = typeof alertsContract.alertHistory;
type Db = Kysely<AlertsTables>;

/** Fields of a query over alerts. */
export const alertFields: ListFields<keyof typeof ALERT_FIELDS> = {
  fields: {
    state: { kind: 'word', column: sql.ref('alert.state'), values: alertState.options },
    severity: { kind: 'word', column: sql.ref('alert.severity'), values: alertSeverity.options },
    rule: { kind: 'text', column: sql.ref('alert.rule_name') },
    kind: {
      kind: 'word',
      column: sql.ref('alert.subject_kind'),
      values: alertSubject.shape.kind.options,
    },
    subject: { kind: 'text', column: sql.ref('alert.subject_name') },
    host: { kind: 'word', column: sql.ref('alert.host_name') },
    ack: {
      kind: 'word',
      column: sql<string>`case when alert.acknowledged_at_ms is null then 'no' else 'yes' end`,
      values: ['yes', 'no'],
    },
    silenced: {
      kind: 'word',
      column: sql<string>`case when alert.silence_id = '' then 'no' else 'yes' end`,
      values: ['yes', 'no'],
    },
    fired: { kind: 'instant', column: sql.ref('alert.fired_at_ms') },
  },
  bare: [sql.ref('alert.subject_name'), sql.ref('alert.rule_name'), sql.ref('alert.detail')],
};

const { silenced: _silenced, ...ofAnAlertAlone } = alertFields.fields;

/** The same without what a silence itself changes: it would end by beginning. */
export const silenceFields: ListFields = { ...alertFields, fields: ofAnAlertAlone };

/** What waits for somebody first, then what was taken on, is silent, is pending; in each the worst and the latest first: one number. */
export const urgency = sql<number>`((case when alert.state = 'pending' then 9 when alert.silence_id <> '' then 6
    when alert.acknowledged_at_ms is not null then 3 else 0 end) + ${severityRank}) * 10000000000000 - alert.began_at_ms`;

const sortKeys: Readonly<Record<InputOf<List>['sort'] | InputOf<History>['sort'], Expression<unknown>>> = {
  urgency,
  resolved: sql`coalesce(alert.resolved_at_ms, 0)`,
  subject: sql.ref('alert.subject_name'),
  rule: sql.ref('alert.rule_name'),
  began: sql.ref('alert.began_at_ms'),
};

/** One page of the alerts that are open. */
export async function alertList(db: Db, input: InputOf<List>, nowMs: number): Promise<OutputOf<List>> {
  return await page(db, { input, nowMs, isOver: false });
}

/** One page of those that are over. */
export async function alertHistory(
  db: Db,
  input: InputOf<History>,
  nowMs: number,
): Promise<OutputOf<History>> {
  return await page(db, { input, nowMs, isOver: true });
}

export async function alertById(db: Db, alertId: string): Promise<AlertRow | undefined> {
  const row = await db.selectFrom('alert').selectAll().where('id', '=', alertId).executeTakeFirst();
  return row && alertRowOf(row, await silenceWords(db, [row.silence_id]));
}

async function page(
  db: Db,
  asked: { input: InputOf<List> | InputOf<History>; nowMs: number; isOver: boolean },
): Promise<OutputOf<List>> {
  const { input, nowMs, isOver } = asked;
  const filter = listQueryFilter(input.query, alertFields, nowMs);
  let query = db
    .selectFrom('alert')
    .selectAll('alert')
    .where('alert.state', isOver ? '=' : '<>', 'resolved');
  if (filter !== undefined) query = query.where(filter);
  const found = await keysetPage({
    query,
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('alert.id'),
    page: input,
  });
  const words = await silenceWords(db, [...new Set(found.rows.map((row) => row.silence_id))]);
  return { ...found, rows: found.rows.map((row) => alertRowOf(row, words)) };
}
