import type { Transaction } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { movesContract } from '../../../shared/domains/moves/moves-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { lockHosts } from '../fleet/fleet-public.ts';
import { endEvacuation, MAINTENANCE_TOPIC } from './evacuation-store.ts';
import {
  changeRolling,
  changeRollingHost,
  insertRolling,
  lockRolling,
  rollingHosts,
  rollingOfHost,
} from './rolling-store.ts';
import type { MovesTables, RollingHostRecord } from './moves-tables.ts';
import type { MovesParts } from './moves-parts.ts';

type Contract = typeof movesContract;
type Parts = Pick<MovesParts, 'store'>;
type Trx = Transaction<MovesTables>;

export async function rollingStart(
  { store }: Parts,
  input: InputOf<Contract['rollingStart']>,
  context: CallContext,
): Promise<Outcome<OutputOf<Contract['rollingStart']>, RefusalCodeOf<Contract['rollingStart']>>> {
  const trx = context.tables<MovesTables>() as Trx;
  context.subject(input.title);
  const hosts = await lockHosts(trx, store, input.hostIds);
  const seen = new Set<string>();
  for (const hostId of input.hostIds) {
    const host = hosts.get(hostId);
    if (host === undefined) return refuse('no-such-host', { hostId });
    if (seen.has(hostId)) return refuse('host-twice', { name: host.name });
    seen.add(hostId);
    const other = await rollingOfHost(trx, hostId);
    if (other !== undefined) return refuse('host-in-rolling', { name: host.name, title: other.title });
  }
  const rollingId = newId('rolling');
  const nowMs = await store.nowMs(trx);
  await insertRolling(
    trx,
    {
      id: rollingId,
      title: input.title,
      state: 'running',
      go_when: input.goWhen,
      needs_reboot: input.needsReboot ? 1 : 0,
      libvirt_at_least: input.libvirtAtLeast,
      any_time: input.anyTime ? 1 : 0,
      asked_by: context.actor.login,
      asked_at_ms: nowMs,
      ended_at_ms: null,
    },
    input.hostIds.map((hostId, position): RollingHostRecord => ({
      rolling_id: rollingId,
      position,
      host_id: hostId,
      host_name: hosts.get(hostId)?.name ?? '',
      state: 'waiting',
      boot_id: '',
      note: '',
      changed_at_ms: nowMs,
    })),
  );
  await store.changes.note(trx, MAINTENANCE_TOPIC, rollingId);
  return done({ rollingId });
}

/** The host at hand: the first that is not through. */
export function hostAtHand(hosts: readonly RollingHostRecord[]): RollingHostRecord | undefined {
  return hosts.find((host) => host.state !== 'done' && host.state !== 'skipped');
}

export async function rollingSay(
  { store }: Parts,
  { rollingId, say }: InputOf<Contract['rollingSay']>,
  context: CallContext,
): Promise<Outcome<Record<string, never>, RefusalCodeOf<Contract['rollingSay']>>> {
  const trx = context.tables<MovesTables>() as Trx;
  const asked = await rollingHosts(trx, rollingId);
  // Hosts before what rests on them, as everybody locks them.
  await lockHosts(
    trx,
    store,
    asked.map((host) => host.host_id),
  );
  const rolling = await lockRolling(trx, store, rollingId);
  if (rolling === undefined) return refuse('no-such-rolling', { rollingId });
  context.subject(`${rolling.title}: ${say}`);
  if (rolling.state === 'done' || rolling.state === 'stopped')
    return refuse('rolling-ended', { title: rolling.title });
  const current = hostAtHand(await rollingHosts(trx, rollingId));
  const nowMs = await store.nowMs(trx);
  switch (say) {
    case 'pause':
      await changeRolling(trx, store, rollingId, { state: 'paused' });
      return done({});
    case 'resume':
      await changeRolling(trx, store, rollingId, { state: 'running' });
      return done({});
    case 'go':
      if (current?.state !== 'holding') return refuse('not-held', { title: rolling.title });
      await changeRollingHost(trx, store, current, { state: 'go', note: '', changed_at_ms: nowMs });
      return done({});
    case 'skip':
      if (current !== undefined) await letGo({ store }, trx, current, nowMs);
      return done({});
    case 'stop':
      if (current !== undefined && current.state !== 'waiting') await letGo({ store }, trx, current, nowMs);
      await changeRolling(trx, store, rollingId, { state: 'stopped', ended_at_ms: nowMs });
      return done({});
  }
}

async function letGo({ store }: Parts, trx: Trx, host: RollingHostRecord, nowMs: number): Promise<void> {
  if (host.state !== 'waiting') await endEvacuation(store, trx, host.host_id);
  await changeRollingHost(trx, store, host, { state: 'skipped', note: '', changed_at_ms: nowMs });
}
