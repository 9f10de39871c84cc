import { sql, type Kysely } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import {
  alertSubject,
  type alertsContract,
  type SilenceRow,
} from '../../../shared/domains/alerts/alerts-contract.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { instantOf, instantOrNull } from './alert-store.ts';
import type { AlertsTables, SilenceRecord } from './alerts-tables.ts';

type Db = Kysely<AlertsTables>;
type List = typeof alertsContract.silenceList;

/** In place of a silence's id where the host is taken out of work. */
export const MAINTENANCE = 'maintenance';

const fields: ListFields = {
  fields: {
    by: { kind: 'word', column: sql.ref('alert_silence.started_by') },
    reason: { kind: 'text', column: sql.ref('alert_silence.reason') },
  },
  bare: [sql.ref('alert_silence.about'), sql.ref('alert_silence.reason')],
};

/** Silences that hold now. */
export async function activeSilences(db: Db, nowMs: number): Promise<SilenceRecord[]> {
  return await db
    .selectFrom('alert_silence')
    .selectAll()
    .where('ends_at_ms', '>', nowMs)
    .where('ended_at_ms', 'is', null)
    .orderBy('ends_at_ms', 'desc')
    .execute();
}

export async function silenceList(db: Db, input: InputOf<List>, nowMs: number): Promise<OutputOf<List>> {
  const filter = listQueryFilter(input.query, fields, nowMs);
  let query = db.selectFrom('alert_silence').selectAll('alert_silence');
  if (filter !== undefined) query = query.where(filter);
  const found = await keysetPage({
    query,
    // One that was ended early is over.
    sortKey: sql`coalesce(alert_silence.ended_at_ms, alert_silence.ends_at_ms)`,
    id: sql.ref<string>('alert_silence.id'),
    page: input,
  });
  const counts = await quietCounts(
    db,
    found.rows.map((row) => row.id),
  );
  return {
    ...found,
    rows: found.rows.map((row) => silenceRowOf(row, { nowMs, alerts: counts.get(row.id) ?? 0 })),
  };
}

async function quietCounts(db: Db, ids: readonly string[]): Promise<Map<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('alert')
    .select(['silence_id', (count) => count.fn.countAll<number>().as('alerts')])
    .where('state', '=', 'firing')
    .where('silence_id', 'in', ids)
    .groupBy('silence_id')
    .execute();
  return new Map(rows.map((row) => [row.silence_id, Number(row.alerts)]));
}

function silenceRowOf(row: SilenceRecord, now: { nowMs: number; alerts: number }): SilenceRow {
  return {
    id: row.id,
    ...(row.rule_id === '' ? {} : { ruleId: row.rule_id }),
    ...(row.subject === '' ? {} : { subject: alertSubject.parse(JSON.parse(row.subject)) }),
    ...(row.host_id === '' ? {} : { hostId: row.host_id }),
    ...(row.cluster_id === '' ? {} : { clusterId: row.cluster_id }),
    ...(row.query === '' ? {} : { query: row.query }),
    about: row.about,
    reason: row.reason,
    by: row.started_by,
    startedAt: instantOf(row.started_at_ms),
    endsAt: instantOf(row.ends_at_ms),
    endedAt: instantOrNull(row.ended_at_ms),
    endedBy: row.ended_by,
    active: row.ended_at_ms === null && row.ends_at_ms > now.nowMs,
    alerts: now.alerts,
  };
}

/** Why alerts are silent, in words, by the id of the silence. */
export async function silenceWords(
  db: Db,
  silenceIds: readonly string[],
): Promise<(silenceId: string) => string> {
  const ids = silenceIds.filter((id) => id !== '' && id !== MAINTENANCE);
  const rows =
    ids.length === 0
      ? []
      : await db
          .selectFrom('alert_silence')
          .select(['id', 'reason', 'started_by'])
          .where('id', 'in', ids)
          .execute();
  const words = new Map(rows.map((row) => [row.id, `${row.reason} (${row.started_by})`]));
  return (id) => (id === MAINTENANCE ? 'The host is in maintenance.' : (words.get(id) ?? 'Silenced.'));
}

export async function insertSilence(db: Db, row: SilenceRecord): Promise<void> {
  await db.insertInto('alert_silence').values(row).execute();
}

/** False when it was over already. */
export async function endSilence(
  db: Db,
  silenceId: string,
  by: { login: string; atMs: number },
): Promise<boolean> {
  const ended = await db
    .updateTable('alert_silence')
    .set({ ended_at_ms: by.atMs, ended_by: by.login })
    .where('id', '=', silenceId)
    .where('ended_at_ms', 'is', null)
    .where('ends_at_ms', '>', by.atMs)
    .executeTakeFirst();
  return Number(ended.numUpdatedRows) === 1;
}
