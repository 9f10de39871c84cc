import { sql, type Kysely, type Transaction } from 'kysely';
import type { AlertRow, AlertSubject } from '../../../shared/domains/alerts/alerts-contract.ts';
import type { Store } from '../../platform/store/store.ts';
import { ALERT_TOPIC, type AlertRecord, type AlertsTables } from './alerts-tables.ts';

type Db = Kysely<AlertsTables>;
type Trx = Transaction<AlertsTables>;

/** More changes than this are told as one: whoever shows alerts reads them again. */
const TOLD_ONE_BY_ONE = 200;
const HOUR_MS = 3_600_000;

/** Columns that a look at the fleet writes; who took an alert on is a person's and never written over. */
const LOOKED_AT = [
  'rule_name',
  'severity',
  'state',
  'detail',
  'began_at_ms',
  'fired_at_ms',
  'quiet_since_at_ms',
  'resolved_at_ms',
  'silence_id',
  'silenced_until_at_ms',
  'told',
  'told_at_ms',
] as const satisfies readonly (keyof AlertRecord)[];

export async function openAlerts(db: Db): Promise<AlertRecord[]> {
  return await db.selectFrom('alert').selectAll().where('state', '<>', 'resolved').execute();
}

export type OpenSince = Pick<AlertRecord, 'state' | 'began_at_ms'>;

/** What a rule has open, by the id of its subject. */
export async function openOfRule(db: Db, ruleId: string): Promise<Map<string, OpenSince>> {
  const rows = await db
    .selectFrom('alert')
    .select(['subject_id', 'state', 'began_at_ms'])
    .where('rule_id', '=', ruleId)
    .where('state', '<>', 'resolved')
    .execute();
  return new Map(rows.map((row) => [row.subject_id, row]));
}

/** Alerts that are over and whose end nobody was told of, though they were told that it fires. */
export async function endsToTell(db: Db): Promise<AlertRecord[]> {
  return await db
    .selectFrom('alert')
    .selectAll()
    .where('told', '=', 'firing')
    .where('state', '=', 'resolved')
    .execute();
}

/** How often each alert was resolved within the last hour. */
export async function recentFlaps(
  db: Db,
  nowMs: number,
): Promise<(ruleId: string, of: AlertSubject) => number> {
  const rows = await db
    .selectFrom('alert')
    .select(['rule_id', 'subject_kind', 'subject_id', (count) => count.fn.countAll<number>().as('times')])
    .where('state', '=', 'resolved')
    .where('resolved_at_ms', '>', nowMs - HOUR_MS)
    .groupBy(['rule_id', 'subject_kind', 'subject_id'])
    .execute();
  const times = new Map(
    rows.map((row) => [`${row.rule_id} ${row.subject_kind} ${row.subject_id}`, Number(row.times)]),
  );
  return (ruleId, subject) => times.get(`${ruleId} ${subject.kind} ${subject.id}`) ?? 0;
}

/** Writes alerts as a look at the fleet found them, and tells whoever shows them. */
export async function writeAlerts(
  store: Pick<Store, 'insertMany' | 'changes'>,
  trx: Trx,
  changes: { readonly written: readonly AlertRecord[]; readonly dropped: readonly string[] },
): Promise<void> {
  const { written, dropped } = changes;
  if (dropped.length > 0) await dropAlerts(trx, dropped);
  await store.insertMany(trx, 'alert', written, { onConflict: { key: ['id'], replace: LOOKED_AT } });
  const ids = [...dropped, ...written.map((alert) => alert.id)];
  await store.changes.note(trx, ALERT_TOPIC, ids.length > TOLD_ONE_BY_ONE ? ['many'] : ids);
}

/** Databases bound how many values one statement may have. */
const DROPPED_AT_ONCE = 1000;

async function dropAlerts(trx: Trx, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += DROPPED_AT_ONCE)
    await trx
      .deleteFrom('alert')
      .where('id', 'in', ids.slice(from, from + DROPPED_AT_ONCE))
      .where('state', '=', 'pending')
      .execute();
}

/** Takes open alerts on in somebody's name, or gives them back where the name is empty. Gives how many there were. */
export async function acknowledgeAlerts(
  db: Db,
  alertIds: readonly string[],
  by: { login: string; atMs: number | null; note: string },
): Promise<number> {
  const changed = await db
    .updateTable('alert')
    .set({ acknowledged_by: by.login, acknowledged_at_ms: by.atMs, note: by.note })
    .where('id', 'in', alertIds)
    .where('state', '<>', 'resolved')
    .executeTakeFirst();
  return Number(changed.numUpdatedRows);
}

export async function forgetAlerts(db: Db, endedBeforeMs: number): Promise<void> {
  await db
    .deleteFrom('alert')
    .where('state', '=', 'resolved')
    .where('resolved_at_ms', '<', endedBeforeMs)
    .execute();
}

export function alertRowOf(row: AlertRecord, silenceWords: (silenceId: string) => string): AlertRow {
  return {
    id: row.id,
    ruleId: row.rule_id,
    rule: row.rule_name,
    severity: row.severity,
    state: row.state,
    subject: { kind: row.subject_kind, id: row.subject_id, name: row.subject_name },
    hostId: row.host_id,
    host: row.host_name,
    detail: row.detail,
    beganAt: instantOf(row.began_at_ms),
    firedAt: instantOrNull(row.fired_at_ms),
    resolvedAt: instantOrNull(row.resolved_at_ms),
    acknowledgedBy: row.acknowledged_by,
    acknowledgedAt: instantOrNull(row.acknowledged_at_ms),
    note: row.note,
    silenced: row.silence_id === '' ? '' : silenceWords(row.silence_id),
    silencedUntil: instantOrNull(row.silenced_until_at_ms),
    flaps: row.flaps,
    toldAt: instantOrNull(row.told_at_ms),
  };
}

export function instantOf(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function instantOrNull(atMs: number | null): string | null {
  return atMs === null ? null : instantOf(atMs);
}

/** Worst first. */
export const severityRank = sql<number>`case alert.severity when 'critical' then 0 when 'warning' then 1 else 2 end`;
