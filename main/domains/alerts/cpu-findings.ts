import { sql, type Kysely } from 'kysely';
import type { AlertCondition } from '../../../shared/domains/alerts/alerts-contract.ts';
import { textList } from '../../platform/store/update-many.ts';
import type { FleetPublicTables } from '../fleet/fleet-public.ts';
import { openOfRule, type OpenSince } from './alert-store.ts';
import type { Finding } from './alert-transition.ts';
import type { AlertsParts } from './alerts-parts.ts';
import type { AlertsTables } from './alerts-tables.ts';
import { ofHost } from './finding-subject.ts';
import { watchedVms } from './vm-watch.ts';

type Db = Kysely<FleetPublicTables>;
type Condition = Extract<AlertCondition, { kind: 'cpu-over' }>;

/** Loads are kept by the minute: a shorter hold has no average. */
const SHORTEST_AVERAGED_SECONDS = 120;

interface Measured {
  readonly finding: Finding;
  /** What the series calls it: the UUID of a VM, the host's own id. */
  readonly series: string;
}

/** Those over a load, or those with these ids, whatever their load. */
type Which = { readonly over: number } | { readonly ids: readonly string[] };

/**
 * VMs or hosts whose CPU is over a limit. A hold of minutes is about the average over them: a dip does not begin it anew while the
 * average is over, and what is over only whenever it is looked at does not fire while the average is not.
 */
export async function cpuFindings(
  parts: Pick<AlertsParts, 'store' | 'nowMs' | 'recentCpu'>,
  rule: { readonly id: string; readonly hold_seconds: number },
  condition: Condition,
): Promise<Finding[]> {
  const over = await measured(parts, condition, { over: condition.percent });
  if (rule.hold_seconds < SHORTEST_AVERAGED_SECONDS) return over.map(({ finding }) => finding);
  const open = await openOfRule(parts.store.tables<AlertsTables>(), rule.id);
  const isOver = new Set(over.map(({ finding }) => finding.subject.id));
  const dippedIds = [...open.keys()].filter((id) => !isOver.has(id));
  const dipped = dippedIds.length === 0 ? [] : await measured(parts, condition, { ids: dippedIds });
  const averages = await averagesOf(parts, { rule, open, over, dipped });
  const words = `on average over ${Math.round(rule.hold_seconds / 60)} min`;
  const judged = [...over, ...dipped].map((one): Finding | undefined => {
    const average = averages.get(one.series);
    const isOverNow = isOver.has(one.finding.subject.id);
    // Where the series does not tell, it goes by what is so now.
    if (average === undefined) return isOverNow ? one.finding : undefined;
    if (average > condition.percent)
      return { ...one.finding, detail: `${one.finding.detail} ${Math.round(average)} % ${words}.` };
    return isOverNow ? { ...one.finding, isStale: true } : undefined;
  });
  return judged.filter((finding) => finding !== undefined);
}

/** Averages of those about which they decide: what is open and not over now, and what would fire now. */
async function averagesOf(
  parts: Pick<AlertsParts, 'store' | 'nowMs' | 'recentCpu'>,
  of: {
    readonly rule: { readonly hold_seconds: number };
    readonly open: ReadonlyMap<string, OpenSince>;
    readonly over: readonly Measured[];
    readonly dipped: readonly Measured[];
  },
): Promise<ReadonlyMap<string, number>> {
  const db = parts.store.tables<FleetPublicTables>();
  const nowMs = await parts.nowMs(db);
  const windowMs = of.rule.hold_seconds * 1000;
  const since = ({ finding }: Measured): OpenSince | undefined => of.open.get(finding.subject.id);
  const ripe = of.over.filter((one) => {
    const alert = since(one);
    return alert?.state === 'pending' && nowMs - alert.began_at_ms >= windowMs;
  });
  const asked = [...of.dipped, ...ripe].map((one) => ({
    subject: one.series,
    hostId: one.finding.host.id,
    // What is pending has not been so for all of the time yet.
    sinceMs: Math.max(nowMs - windowMs, Math.min(since(one)?.began_at_ms ?? 0, nowMs)),
  }));
  return await parts.recentCpu.averages(db, { asked, windowMs, nowMs });
}

async function measured(
  parts: Pick<AlertsParts, 'store'>,
  { of }: Condition,
  which: Which,
): Promise<Measured[]> {
  const db: Db = parts.store.tables<FleetPublicTables>();
  const { kind } = parts.store;
  if (of === 'hosts') {
    const query = db
      .selectFrom('host')
      .select(['id', 'name', 'state', 'cpu_used_percent'])
      .where('removed_at_ms', 'is', null)
      .orderBy('name');
    const rows = await (
      'over' in which
        ? query.where('cpu_used_percent', '>', which.over)
        : query.where('id', 'in', textList(kind, which.ids))
    ).execute();
    return rows.map((host) => ({
      finding: ofHost(host, `CPU at ${host.cpu_used_percent} %.`),
      series: host.id,
    }));
  }
  const vms = await watchedVms(
    db,
    'over' in which
      ? sql`(vm.cpu_percent + 0) > ${which.over} and ${isOn}`
      : sql`vm.id in ${textList(kind, which.ids)} and ${isOn}`,
  );
  return vms.map((vm) => ({
    finding: vm.finding(`CPU at ${vm.cpuPercent} % on ${vm.hostName}.`),
    series: vm.uuid,
  }));
}

/** Most VMs are on: their index would be the long way to them. */
const isOn = sql`case when vm.state in ('running', 'blocked') then 1 else 0 end = 1`;
