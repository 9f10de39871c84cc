import type { Kysely, Transaction } from 'kysely';
import type { Rolling } from '../../../shared/domains/moves/maintenance-contract.ts';
import { forUpdate } from '../../platform/store/for-update.ts';
import type { Store } from '../../platform/store/store.ts';
import { MAINTENANCE_TOPIC } from './evacuation-store.ts';
import type { MovesTables, RollingHostRecord, RollingRecord } from './moves-tables.ts';

type Db = Kysely<MovesTables>;
type Trx = Transaction<MovesTables>;

const KEPT = 50;

export async function lockRolling(
  trx: Trx,
  store: Pick<Store, 'kind'>,
  id: string,
): Promise<RollingRecord | undefined> {
  const row = trx.selectFrom('rolling_maintenance').selectAll().where('id', '=', id);
  return await forUpdate(row, store.kind).executeTakeFirst();
}

export async function rollingHosts(db: Db, id: string): Promise<RollingHostRecord[]> {
  return await db
    .selectFrom('rolling_host')
    .selectAll()
    .where('rolling_id', '=', id)
    .orderBy('position')
    .execute();
}

export async function openRollings(db: Db): Promise<RollingRecord[]> {
  return await db
    .selectFrom('rolling_maintenance')
    .selectAll()
    .where('state', '=', 'running')
    .orderBy('asked_at_ms')
    .execute();
}

/** The rolling maintenance that has a host and is not through with it. */
export async function rollingOfHost(db: Db, hostId: string): Promise<RollingRecord | undefined> {
  return await db
    .selectFrom('rolling_maintenance')
    .innerJoin('rolling_host', 'rolling_host.rolling_id', 'rolling_maintenance.id')
    .selectAll('rolling_maintenance')
    .where('rolling_host.host_id', '=', hostId)
    .where('rolling_host.state', 'not in', ['done', 'skipped'])
    .where('rolling_maintenance.state', 'in', ['running', 'paused'])
    .executeTakeFirst();
}

export async function insertRolling(
  trx: Trx,
  row: RollingRecord,
  hosts: readonly RollingHostRecord[],
): Promise<void> {
  await trx.insertInto('rolling_maintenance').values(row).execute();
  await trx
    .insertInto('rolling_host')
    .values([...hosts])
    .execute();
}

export async function changeRolling(
  trx: Trx,
  store: Pick<Store, 'changes'>,
  id: string,
  columns: Partial<RollingRecord>,
): Promise<void> {
  await trx.updateTable('rolling_maintenance').set(columns).where('id', '=', id).execute();
  await store.changes.note(trx, MAINTENANCE_TOPIC, id);
}

export async function changeRollingHost(
  trx: Trx,
  store: Pick<Store, 'changes'>,
  host: Pick<RollingHostRecord, 'rolling_id' | 'position'>,
  columns: Partial<RollingHostRecord>,
): Promise<void> {
  await trx
    .updateTable('rolling_host')
    .set(columns)
    .where('rolling_id', '=', host.rolling_id)
    .where('position', '=', host.position)
    .execute();
  await store.changes.note(trx, MAINTENANCE_TOPIC, host.rolling_id);
}

/** The newest, with their hosts in order. */
export async function listRollings(db: Db): Promise<Rolling[]> {
  const rows = await db
    .selectFrom('rolling_maintenance')
    .selectAll()
    .orderBy('asked_at_ms', 'desc')
    .limit(KEPT)
    .execute();
  if (rows.length === 0) return [];
  const hosts = await db
    .selectFrom('rolling_host')
    .selectAll()
    .where(
      'rolling_id',
      'in',
      rows.map((row) => row.id),
    )
    .orderBy('position')
    .execute();
  const instantOf = (ms: number): string => new Date(ms).toISOString();
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    state: row.state,
    goWhen: row.go_when,
    needsReboot: row.needs_reboot === 1,
    libvirtAtLeast: row.libvirt_at_least,
    anyTime: row.any_time === 1,
    askedBy: row.asked_by,
    askedAt: instantOf(row.asked_at_ms),
    endedAt: row.ended_at_ms === null ? null : instantOf(row.ended_at_ms),
    hosts: hosts
      .filter((host) => host.rolling_id === row.id)
      .map((host) => ({
        hostId: host.host_id,
        host: host.host_name,
        state: host.state,
        note: host.note,
        changedAt: instantOf(host.changed_at_ms),
      })),
  }));
}
