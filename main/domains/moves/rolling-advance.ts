import type { Transaction } from 'kysely';
import { healthProblems, windowToWaitFor } from '../../../shared/domains/moves/maintenance-rules.ts';
import { clusterFacts, hostStandings, lockHosts, vmsUnheard, vmsOnHosts } from '../fleet/fleet-public.ts';
import {
  beginEvacuation,
  endEvacuation,
  evacuationVms,
  findEvacuation,
  movesFrom,
} from './evacuation-store.ts';
import {
  changeRolling,
  changeRollingHost,
  lockRolling,
  openRollings,
  rollingHosts,
} from './rolling-store.ts';
import { hostAtHand } from './rolling-use.ts';
import type { MovesTables, RollingHostRecord, RollingRecord } from './moves-tables.ts';
import type { MovesParts } from './moves-parts.ts';

type Trx = Transaction<MovesTables>;
type Guard = (trx: Trx) => Promise<void>;

/**
 * One look at every rolling maintenance: the host at hand goes on by what is so, never by how long it has taken. The next begins only once the one
 * before it is back and well, and in a maintenance window of its cluster; one that has begun goes on to its end.
 */
export async function advanceRollings(parts: MovesParts, guard: Guard): Promise<void> {
  const { store } = parts;
  for (const { id } of await openRollings(store.tables<MovesTables>())) {
    const seen = hostAtHand(await rollingHosts(store.tables<MovesTables>(), id));
    await store.transaction<MovesTables, void>(
      async (trx) => {
        await guard(trx);
        // Hosts before what rests on them; of 500 hosts only this one is about to change.
        if (seen !== undefined) await lockHosts(trx, store, [seen.host_id]);
        const rolling = await lockRolling(trx, store, id);
        if (rolling?.state !== 'running') return;
        const current = hostAtHand(await rollingHosts(trx, id));
        // Skipped in between: the next look locks the next.
        if (current?.host_id !== seen?.host_id) return;
        await advance(parts, trx, { rolling, current });
      },
      { repeatable: true },
    );
  }
}

async function advance(
  { store }: MovesParts,
  trx: Trx,
  { rolling, current }: { rolling: RollingRecord; current: RollingHostRecord | undefined },
): Promise<void> {
  const nowMs = await store.nowMs(trx);
  if (current === undefined) {
    await changeRolling(trx, store, rolling.id, { state: 'done', ended_at_ms: nowMs });
    return;
  }
  const [host] = await hostStandings(trx, [current.host_id]);
  const become = async (columns: Partial<RollingHostRecord>): Promise<void> => {
    const same = Object.entries(columns).every(
      ([name, value]) => current[name as keyof RollingHostRecord] === value,
    );
    if (!same) await changeRollingHost(trx, store, current, { ...columns, changed_at_ms: nowMs });
  };
  if (host === undefined) {
    await become({ state: 'skipped', note: 'it was removed from the fleet' });
    return;
  }
  switch (current.state) {
    case 'waiting': {
      const window = rolling.any_time === 1 ? '' : await windowOf(trx, host.clusterId, nowMs);
      if (window !== '') {
        await become({ note: window });
        return;
      }
      const vms = await vmsOnHosts(trx, [host.id]);
      await beginEvacuation(store, trx, { hostId: host.id, by: rolling.asked_by, vms: vms.length });
      await become({ state: 'evacuating', note: '' });
      return;
    }
    case 'evacuating':
      if (host.maintenance === 'maintenance')
        await become({ state: 'holding', boot_id: host.bootId, note: '' });
      else await become({ note: await evacuationNote(trx, host.id) });
      return;
    case 'holding': {
      const problems = await problemsOf(trx, rolling, current);
      if (rolling.go_when === 'healthy' && problems.length === 0) await become({ state: 'go', note: '' });
      else
        await become({
          note: rolling.go_when === 'person' ? 'it is empty: say go once it is ready' : problems.join('; '),
        });
      return;
    }
    case 'go': {
      const problems = await problemsOf(trx, rolling, current);
      if (problems.length > 0) {
        await become({ note: problems.join('; ') });
        return;
      }
      await endEvacuation(store, trx, host.id);
      await become({ state: 'done', note: '' });
      return;
    }
    default:
      return;
  }
}

async function windowOf(trx: Trx, clusterId: string, nowMs: number): Promise<string> {
  const cluster = await clusterFacts(trx, clusterId);
  return cluster === undefined ? '' : windowToWaitFor(cluster, nowMs);
}

async function evacuationNote(trx: Trx, hostId: string): Promise<string> {
  const stuck = [...(await evacuationVms(trx, hostId)).values()].filter(
    (vm) => vm.reason !== '' && vm.answer === '',
  );
  const left = (await vmsOnHosts(trx, [hostId])).length;
  const waits = stuck.length === 0 ? '' : `, ${stuck.length} of them wait for an answer`;
  return `${left} VMs left${waits}`;
}

async function problemsOf(trx: Trx, rolling: RollingRecord, host: RollingHostRecord): Promise<string[]> {
  const [standing] = await hostStandings(trx, [host.host_id]);
  if (standing === undefined) return ['it was removed from the fleet'];
  const evacuation = await findEvacuation(trx, host.host_id);
  const moved = evacuation === undefined ? [] : await movesFrom(trx, host.host_id, evacuation.asked_at_ms);
  const unheard = await vmsUnheard(
    trx,
    moved.filter((move) => move.state === 'done').map((move) => move.vm_id),
  );
  return healthProblems(
    { ...standing, vmsUnheard: unheard },
    {
      otherBootThan: rolling.needs_reboot === 1 ? host.boot_id : '',
      libvirtAtLeast: rolling.libvirt_at_least,
    },
  );
}
