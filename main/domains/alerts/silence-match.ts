import { sql, type Expression, type Kysely, type SqlBool } from 'kysely';
import { alertSubject } from '../../../shared/domains/alerts/alerts-contract.ts';
import { InputRejected } from '../../platform/calls/input-rejected.ts';
import { listQueryFilter } from '../../platform/paging/list-query-filter.ts';
import type { FleetPublicTables } from '../fleet/fleet-public.ts';
import { silenceFields } from './alert-list.ts';
import type { AlertRecord, AlertsTables, SilenceRecord } from './alerts-tables.ts';
import { activeSilences, MAINTENANCE } from './silence-store.ts';

type Db = Kysely<AlertsTables>;

/** What keeps an alert quiet, and until when; a host in maintenance has no end. */
export interface Quiet {
  readonly silenceId: string;
  readonly untilMs: number | null;
}

const LOUD: Quiet = { silenceId: '', untilMs: null };

/** Says of an alert what keeps it quiet now: of several silences the one that ends last. One statement per silence that has a query. */
export async function silencesNow(db: Db, nowMs: number): Promise<(alert: AlertRecord) => Quiet> {
  const inMaintenance = await hostsInMaintenance(db);
  const silences: { silence: SilenceRecord; matches: (alert: AlertRecord) => boolean }[] = [];
  for (const silence of await activeSilences(db, nowMs))
    silences.push({ silence, matches: await matcher({ db, silence, nowMs }) });
  return (alert) => {
    if (inMaintenance.has(alert.host_id)) return { silenceId: MAINTENANCE, untilMs: null };
    const found = silences.find(({ matches }) => matches(alert));
    return found === undefined ? LOUD : { silenceId: found.silence.id, untilMs: found.silence.ends_at_ms };
  };
}

function hostsOf(db: Db) {
  return (db as unknown as Kysely<FleetPublicTables>).selectFrom('host').select('id');
}

/** Taken out of work on purpose: what is wrong with them is told to nobody. */
async function hostsInMaintenance(db: Db): Promise<Set<string>> {
  const rows = await hostsOf(db).where('maintenance', '=', 'maintenance').execute();
  return new Set(rows.map((row) => row.id));
}

async function hostsOfCluster(db: Db, clusterId: string): Promise<Set<string>> {
  const rows = await hostsOf(db).where('cluster_id', '=', clusterId).execute();
  return new Set(rows.map((row) => row.id));
}

async function matcher(at: {
  db: Db;
  silence: SilenceRecord;
  nowMs: number;
}): Promise<(alert: AlertRecord) => boolean> {
  const { silence, db } = at;
  const subject = silence.subject === '' ? undefined : alertSubject.parse(JSON.parse(silence.subject));
  const hosts = silence.cluster_id === '' ? undefined : await hostsOfCluster(db, silence.cluster_id);
  const queried = silence.query === '' ? undefined : await queriedAlerts(at);
  return (alert) =>
    (silence.rule_id === '' || alert.rule_id === silence.rule_id) &&
    (subject === undefined || (alert.subject_kind === subject.kind && alert.subject_id === subject.id)) &&
    (silence.host_id === '' || alert.host_id === silence.host_id) &&
    (hosts === undefined || hosts.has(alert.host_id)) &&
    (queried === undefined || queried.has(alert.id));
}

async function queriedAlerts(at: { db: Db; silence: SilenceRecord; nowMs: number }): Promise<Set<string>> {
  const filter = filterOf(at.silence.query, at.nowMs);
  if (filter === 'not-understood') return new Set();
  const rows = await at.db
    .selectFrom('alert')
    .select('alert.id')
    .where('alert.state', '<>', 'resolved')
    .where(filter ?? sql<boolean>`true`)
    .execute();
  return new Set(rows.map((row) => row.id));
}

/** One that was started by a version that understood more is about nothing now: it must not keep all rules from being looked at. */
function filterOf(query: string, nowMs: number): Expression<SqlBool> | undefined | 'not-understood' {
  try {
    return listQueryFilter(query, silenceFields, nowMs);
  } catch (error) {
    if (error instanceof InputRejected) return 'not-understood';
    throw error;
  }
}
