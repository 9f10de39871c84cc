import { sql, type Kysely } from 'kysely';
import { LIST_WORDS, sizeWords } from '../../../shared/domains/alerts/alert-rules.ts';
import type { AlertCondition } from '../../../shared/domains/alerts/alerts-contract.ts';
import { watchedFacts, type FleetPublicTables } from '../fleet/fleet-public.ts';
import { unwellBalances } from '../balances/balances-public.ts';
import { failedTasks } from '../tasks/tasks-public.ts';
import type { Finding } from './alert-transition.ts';
import type { AlertsParts } from './alerts-parts.ts';
import { cpuFindings } from './cpu-findings.ts';
import { isHeard, NO_HOST, ofHost } from './finding-subject.ts';
import { watchedVms } from './vm-watch.ts';

type Db = Kysely<FleetPublicTables>;
type Of<Kind extends AlertCondition['kind']> = Extract<AlertCondition, { kind: Kind }>;

const AWAY = ['unreachable', 'key-changed', 'refused'];

/**
 * Everything a condition is true of now: one statement, whatever the size of the fleet. `rule` names what a count is about.
 * Throws InputRejected for a query that is not understood.
 */
export async function ruleFindings(
  parts: AlertsParts,
  rule: { readonly id: string; readonly name: string; readonly hold_seconds: number },
  condition: AlertCondition,
): Promise<Finding[]> {
  const db: Db = parts.store.tables<FleetPublicTables>();
  switch (condition.kind) {
    case 'host-unreachable':
      return await hostsAway(db, rule.id);
    case 'vm-crashed':
      return await vmsCrashed(db);
    case 'pool-over':
      return await poolsOver(db, condition);
    case 'memory-overcommitted':
      return await hostsOversold(db, condition);
    case 'cpu-over':
      return await cpuFindings(parts, rule, condition);
    case 'task-failed':
      return (await failedTasks(db)).map((task) => ({
        subject: { kind: 'task', id: task.id, name: task.title },
        host: task.subjectKind === 'host' ? { id: task.subjectId, name: task.subjectName } : NO_HOST,
        detail: task.error,
      }));
    case 'clock-off':
      return await clocksOff(db, condition);
    case 'balance':
      return (
        await unwellBalances(db, condition.state === 'low' ? ['low', 'exhausted'] : [condition.state])
      ).map(({ customerId, customer, detail }) => ({
        subject: { kind: 'customer', id: customerId, name: customer },
        host: NO_HOST,
        detail,
      }));
    case 'query-count':
      return await countFound(parts, rule, condition);
  }
}

function hosts(db: Db) {
  return db.selectFrom('host').where('removed_at_ms', 'is', null).orderBy('name');
}

async function hostsAway(db: Db, ruleId: string): Promise<Finding[]> {
  const all = await hosts(db).select(['id', 'name', 'state', 'reason', 'reason_code', 'vms']).execute();
  const away = all.filter((host) => AWAY.includes(host.state));
  const isCutOff =
    away.length === all.length && away.some(({ reason_code }) => reason_code === 'network-down');
  const found = away.map(({ id, name, reason, vms }): Finding => ({
    subject: { kind: 'host', id, name },
    host: { id, name },
    detail: `${reason === '' ? 'It does not answer.' : reason} ${vms} VMs on it are not heard.`,
    isStale: isCutOff,
  }));
  return isCutOff ? [...found, cutOff(ruleId, all.length)] : found;
}

/** The machine that collects is cut off itself: one alert, and nothing is said of hosts that nothing is known to be wrong with. */
function cutOff(ruleId: string, count: number): Finding {
  return {
    subject: { kind: 'query', id: ruleId, name: 'The network of the machine that collects' },
    host: NO_HOST,
    detail: `None of ${count} hosts answers: check its connection and its VPN. Nothing is known to be wrong with the hosts.`,
  };
}

async function vmsCrashed(db: Db): Promise<Finding[]> {
  const vms = await watchedVms(db, sql`vm.state = 'crashed'`);
  return vms.map((vm) => vm.finding(`It crashed on ${vm.hostName}.`));
}

/** What a host may sell is its memory times its cluster's ratio. */
async function hostsOversold(db: Db, { percent }: Of<'memory-overcommitted'>): Promise<Finding[]> {
  const mayBeSold = sql<number>`host.memory_bytes * coalesce(cluster.memory_overcommit, 1)`;
  const rows = await db
    .selectFrom('host')
    .leftJoin('cluster', 'cluster.id', 'host.cluster_id')
    .select(['host.id', 'host.name', 'host.state', 'host.memory_sold_bytes', mayBeSold.as('may_be_sold')])
    .where('host.removed_at_ms', 'is', null)
    .where('host.memory_bytes', '>', 0)
    .where(sql<boolean>`host.memory_sold_bytes * 100.0 > ${mayBeSold} * ${sql.lit(percent)}`)
    .orderBy('host.name')
    .execute();
  return rows.map((host) => {
    const whole = Number(host.may_be_sold);
    const share = Math.round((host.memory_sold_bytes / whole) * 100);
    return ofHost(
      host,
      `${share} % of what it may sell is sold: ${sizeWords(host.memory_sold_bytes, whole)}.`,
    );
  });
}

async function poolsOver(db: Db, { percent }: Of<'pool-over'>): Promise<Finding[]> {
  const rows = await hosts(db).select(['id', 'name', 'state', 'facts']).execute();
  return rows.flatMap(({ id, name, state, facts }) =>
    watchedFacts(facts)
      .pools.filter((pool) => pool.active && usedShare(pool) * 100 > percent)
      .map((pool) => ({
        subject: { kind: 'pool' as const, id: `${id}/${pool.name}`, name: `${pool.name} on ${name}` },
        host: { id, name },
        detail: `${Math.round(usedShare(pool) * 100)} % full: ${sizeWords(pool.capacityBytes - pool.availableBytes, pool.capacityBytes)}.`,
        isStale: !isHeard(state),
      })),
  );
}

function usedShare(pool: { capacityBytes: number; availableBytes: number }): number {
  return pool.capacityBytes > 0 ? 1 - pool.availableBytes / pool.capacityBytes : 0;
}

async function clocksOff(db: Db, { seconds }: Of<'clock-off'>): Promise<Finding[]> {
  const rows = await hosts(db).select(['id', 'name', 'state', 'facts']).execute();
  return rows.flatMap((host) => {
    const offMs = watchedFacts(host.facts).clockOffsetMs ?? 0;
    if (Math.abs(offMs) <= seconds * 1000) return [];
    const way = offMs > 0 ? 'ahead' : 'behind';
    return [ofHost(host, `Its clock is ${Math.round(Math.abs(offMs) / 1000)} s ${way}.`)];
  });
}

async function countFound(
  parts: AlertsParts,
  rule: { readonly id: string; readonly name: string },
  { list, query, comparison, count }: Of<'query-count'>,
): Promise<Finding[]> {
  const found = await parts.countOf(list, query);
  const isSo = comparison === 'more-than' ? found > count : found < count;
  if (!isSo) return [];
  const than = comparison === 'more-than' ? 'more than' : 'fewer than';
  const rows = LIST_WORDS[list];
  const which = query.trim() === '' ? rows : `${rows} that match ${query.trim()}`;
  return [
    {
      subject: { kind: 'query', id: rule.id, name: rule.name },
      host: NO_HOST,
      detail: `${found} ${which}, ${than} ${count}.`,
    },
  ];
}
