import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { alertsContract } from '../../../shared/domains/alerts/alerts-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { InputRejected } from '../../platform/calls/input-rejected.ts';
import { listQueryFilter } from '../../platform/paging/list-query-filter.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { hostNames, type FleetPublicTables } from '../fleet/fleet-public.ts';
import { silenceFields } from './alert-list.ts';
import type { AlertsParts } from './alerts-parts.ts';
import { SILENCE_TOPIC, type AlertsTables } from './alerts-tables.ts';
import { ruleById } from './rule-store.ts';
import { endSilence, insertSilence } from './silence-store.ts';

type Start = typeof alertsContract.silenceStart;
type End = typeof alertsContract.silenceEnd;

const LONGEST_MS = 366 * 24 * 3_600_000;

export async function silenceStart(
  parts: Pick<AlertsParts, 'nowMs'>,
  input: InputOf<Start>,
  context: CallContext,
): Promise<Outcome<OutputOf<Start>, RefusalCodeOf<Start>>> {
  const db = context.tables<AlertsTables>();
  const { ruleId = '', subject, hostId = '', clusterId = '', query = '' } = input;
  const isAll = ruleId === '' && subject === undefined && hostId === '' && clusterId === '';
  if (isAll && query.trim() === '') return refuse('silence-of-everything');
  const nowMs = await parts.nowMs(db);
  const endsAtMs = Date.parse(input.endsAt);
  if (endsAtMs <= nowMs || endsAtMs > nowMs + LONGEST_MS) return refuse('end-not-ahead');
  const fault = queryFault(query);
  if (fault !== undefined) return refuse('query-not-understood', { detail: fault });
  const rule = ruleId === '' ? undefined : await ruleById(db, ruleId);
  if (ruleId !== '' && rule === undefined) return refuse('no-such-rule', { ruleId });
  const host = hostId === '' ? '' : ((await hostNames(db, [hostId])).get(hostId) ?? hostId);
  const about = [
    ...(rule ? [`rule ${rule.name}`] : []),
    ...(subject ? [subject.name] : []),
    ...(hostId === '' ? [] : [`host ${host} and what is on it`]),
    ...(clusterId === '' ? [] : [`cluster ${await clusterName(db, clusterId)}`]),
    ...(query.trim() === '' ? [] : [query.trim()]),
  ].join(', ');
  context.subject(about);
  const id = newId('silence', nowMs);
  await insertSilence(db, {
    id,
    rule_id: ruleId,
    subject: subject === undefined ? '' : JSON.stringify(subject),
    host_id: hostId,
    cluster_id: clusterId,
    query: query.trim(),
    about,
    reason: input.reason,
    started_by: context.actor.login,
    started_at_ms: nowMs,
    ends_at_ms: endsAtMs,
    ended_at_ms: null,
    ended_by: '',
  });
  await context.note(SILENCE_TOPIC, id);
  return done({ silenceId: id });
}

async function clusterName(db: AnyDatabase, clusterId: string): Promise<string> {
  const row = await (db as Kysely<FleetPublicTables>)
    .selectFrom('cluster')
    .select('name')
    .where('id', '=', clusterId)
    .executeTakeFirst();
  return row?.name ?? clusterId;
}

function queryFault(query: string): string | undefined {
  try {
    listQueryFilter(query, silenceFields);
    return undefined;
  } catch (error) {
    if (error instanceof InputRejected) return error.message;
    throw error;
  }
}

export async function silenceEnd(
  parts: Pick<AlertsParts, 'nowMs'>,
  { silenceId }: InputOf<End>,
  context: CallContext,
): Promise<Outcome<OutputOf<End>, RefusalCodeOf<End>>> {
  const db = context.tables<AlertsTables>();
  const by = { login: context.actor.login, atMs: await parts.nowMs(db) };
  if (!(await endSilence(db, silenceId, by))) return refuse('no-such-silence');
  await context.note(SILENCE_TOPIC, silenceId);
  return done({});
}
