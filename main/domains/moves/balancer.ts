import type { Kysely, Transaction } from 'kysely';
import {
  BALANCER_DEFAULTS,
  BALANCER_MOVES,
  dampedLoad,
  planBalance,
  REST_MS,
  type BalancedHost,
} from '../../../shared/domains/moves/balance-rules.ts';
import type { Balancer } from '../../../shared/domains/moves/maintenance-contract.ts';
import type { Store } from '../../platform/store/store.ts';
import { hostStandings, vmsOnHosts } from '../fleet/fleet-public.ts';
import { chooseHost, type Choice } from './move-choose.ts';
import { forgetMoves, openMoves, readCaps, readSetting } from './move-store.ts';
import type { MovesTables } from './moves-tables.ts';
import type { MovesParts } from './moves-parts.ts';
import { askMove } from './vm-move.ts';

type Trx = Transaction<MovesTables>;
type Guard = (trx: Trx) => Promise<void>;
type Settings = Pick<Balancer, 'enabled' | 'cpuPercent' | 'memoryPercent'>;

const KEEP_SAMPLES_MS = 31 * 60_000;

export async function readBalancer(db: Kysely<MovesTables>): Promise<Settings> {
  return await readSetting<Settings>(db, 'balancer', BALANCER_DEFAULTS);
}

/** Writes down the load of every host that is heard, and forgets what nobody asks for any more. Once a minute. */
export async function takeSamples(parts: Pick<MovesParts, 'store'>, guard: Guard): Promise<void> {
  const { store } = parts;
  const hosts = await hostStandings(store.tables());
  const nowMs = await store.nowMs();
  const rows = hosts
    .filter((host) => host.state === 'connected' || host.state === 'slow')
    .map((host) => ({
      host_id: host.id,
      at_ms: nowMs,
      cpu_percent: host.cpuUsedPercent,
      memory_percent: host.memoryBytes > 0 ? (100 * host.memoryUsedBytes) / host.memoryBytes : 0,
    }));
  await store.transaction<MovesTables, void>(
    async (trx) => {
      await guard(trx);
      await forgetMoves(trx, nowMs);
      await trx
        .deleteFrom('balance_sample')
        .where('at_ms', '<', nowMs - KEEP_SAMPLES_MS)
        .execute();
      await store.insertMany(trx, 'balance_sample', rows, {
        onConflict: { key: ['host_id', 'at_ms'], replace: ['cpu_percent', 'memory_percent'] },
      });
    },
    { repeatable: true },
  );
}

interface Planned extends Balancer {
  readonly choices: readonly (Choice & { kind: 'host' })[];
}

/** What it sees and what it would do now: the dry run, and the plan it acts on, are one. */
export async function planNow(parts: Pick<MovesParts, 'store'>): Promise<Planned> {
  const { store } = parts;
  const db = store.tables<MovesTables>();
  const settings = await readBalancer(db);
  const nowMs = await store.nowMs();
  const hosts = await measuredHosts(db, nowMs);
  const busy = hosts.filter(
    ({ load }) => load.cpuPercent > settings.cpuPercent || load.memoryPercent > settings.memoryPercent,
  );
  const vms = await vmsOnHosts(
    db,
    busy.map((host) => host.id),
  );
  const resting = await movedSince(db, nowMs - REST_MS);
  const { moves, notes } = planBalance(
    hosts,
    vms.map((vm) => ({
      ...vm,
      mayMove:
        (vm.state === 'running' || vm.state === 'blocked') && vm.movingTo === null && !resting.has(vm.id),
    })),
    settings,
  );
  const caps = await readCaps(db);
  const running = (await openMoves(db)).map((move) => ({
    fromHostId: move.from_host_id,
    toHostId: move.to_host_id,
  }));
  const plan: Balancer['plan'][number][] = [];
  const choices: (Choice & { kind: 'host' })[] = [];
  for (const move of moves) {
    const wanted = new Set(move.targets.map((target) => target.id));
    const choice = await chooseHost(db, move.vmId, { running, caps }, (hostId) => wanted.has(hostId));
    if (choice.kind === 'host') {
      const { target } = choice;
      plan.push({ ...move, toHostId: target.id, to: target.name });
      choices.push(choice);
    } else
      notes.push(
        `${move.why} ${choice.kind === 'wait' ? 'Other moves of these hosts come first.' : `It does not move: ${choice.reason}.`}`,
      );
  }
  return {
    ...settings,
    hosts: hosts.map(({ id, name, load }) => ({ hostId: id, host: name, ...load })),
    plan,
    notes,
    choices,
  };
}

async function measuredHosts(db: Kysely<MovesTables>, nowMs: number): Promise<BalancedHost[]> {
  const standings = await hostStandings(db);
  const rows = await db.selectFrom('balance_sample').selectAll().execute();
  const samples = Map.groupBy(rows, (row) => row.host_id);
  return standings.flatMap((host) => {
    const load = dampedLoad(
      (samples.get(host.id) ?? []).map((row) => ({
        atMs: row.at_ms,
        cpuPercent: row.cpu_percent,
        memoryPercent: row.memory_percent,
      })),
      nowMs,
    );
    if (load === undefined) return [];
    const isHeard = host.state === 'connected' || host.state === 'slow';
    return { ...host, isOpen: isHeard && host.maintenance === 'active', load };
  });
}

/** VMs whose last move ended lately, however long it took, or that are being moved. */
async function movedSince(db: Kysely<MovesTables>, sinceMs: number): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('vm_move')
    .select('vm_id')
    .where((is) => is.or([is('ended_at_ms', '>', sinceMs), is('state', 'in', ['queued', 'running'])]))
    .execute();
  return new Set(rows.map((row) => row.vm_id));
}

/** Acts on the plan, when it is on: never more than two of its moves are open. */
export async function balance(parts: MovesParts, guard: Guard): Promise<void> {
  const { store } = parts;
  const db = store.tables<MovesTables>();
  if (!(await readBalancer(db)).enabled) return;
  const mine = (await openMoves(db)).filter((move) => move.cause === 'balancer').length;
  if (mine >= BALANCER_MOVES) return;
  const { choices } = await planNow({ store: store as Store });
  for (const { facts, target } of choices.slice(0, BALANCER_MOVES - mine)) {
    await store.transaction<MovesTables, void>(
      async (trx) => {
        await guard(trx);
        await askMove(parts, trx, {
          facts,
          target,
          cause: 'balancer',
          askedBy: 'balancer',
          keepSource: false,
        });
      },
      { repeatable: true },
    );
  }
}
