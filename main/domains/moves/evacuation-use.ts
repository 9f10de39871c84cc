import type { Transaction } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { movesContract } from '../../../shared/domains/moves/moves-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { hostStandings, lockHosts, vmsOnHosts } from '../fleet/fleet-public.ts';
import {
  answerVms,
  beginEvacuation,
  endEvacuation,
  evacuationVms,
  findEvacuation,
  movesFrom,
} from './evacuation-store.ts';
import { rollingOfHost } from './rolling-store.ts';
import type { MovesTables } from './moves-tables.ts';
import type { MovesParts } from './moves-parts.ts';

type Contract = typeof movesContract;
type Parts = Pick<MovesParts, 'store'>;

export async function hostEvacuate(
  { store }: Parts,
  { hostId }: InputOf<Contract['hostEvacuate']>,
  context: CallContext,
): Promise<Outcome<Record<string, never>, RefusalCodeOf<Contract['hostEvacuate']>>> {
  const trx = context.tables<MovesTables>() as Transaction<MovesTables>;
  const host = (await lockHosts(trx, store, [hostId])).get(hostId);
  if (host === undefined) return refuse('no-such-host', { hostId });
  context.subject(host.name);
  const vms = await vmsOnHosts(trx, [hostId]);
  await beginEvacuation(store, trx, { hostId, by: context.actor.login, vms: vms.length });
  return done({});
}

export async function hostBringBack(
  { store }: Parts,
  { hostId }: InputOf<Contract['hostBringBack']>,
  context: CallContext,
): Promise<Outcome<Record<string, never>, RefusalCodeOf<Contract['hostBringBack']>>> {
  const trx = context.tables<MovesTables>() as Transaction<MovesTables>;
  const host = (await lockHosts(trx, store, [hostId])).get(hostId);
  if (host === undefined) return refuse('no-such-host', { hostId });
  context.subject(host.name);
  const rolling = await rollingOfHost(trx, hostId);
  if (rolling !== undefined) return refuse('host-in-rolling', { name: host.name, title: rolling.title });
  await endEvacuation(store, trx, hostId);
  return done({});
}

export async function evacuationAnswer(
  { store }: Parts,
  input: InputOf<Contract['evacuationAnswer']>,
  context: CallContext,
): Promise<Outcome<Record<string, never>, RefusalCodeOf<Contract['evacuationAnswer']>>> {
  const trx = context.tables<MovesTables>() as Transaction<MovesTables>;
  const host = (await lockHosts(trx, store, [input.hostId])).get(input.hostId);
  if (host === undefined) return refuse('no-such-host', { hostId: input.hostId });
  context.subject(host.name);
  if ((await findEvacuation(trx, input.hostId)) === undefined)
    return refuse('not-evacuating', { name: host.name });
  await answerVms(store, trx, input);
  return done({});
}

export async function evacuationGet(
  _parts: Parts,
  { hostId }: InputOf<Contract['evacuationGet']>,
  context: CallContext,
): Promise<Outcome<OutputOf<Contract['evacuationGet']>, RefusalCodeOf<Contract['evacuationGet']>>> {
  const db = context.tables<MovesTables>();
  const [host] = await hostStandings(db, [hostId]);
  if (host === undefined) return refuse('no-such-host', { hostId });
  const found = await findEvacuation(db, hostId);
  const [vms, said] = await Promise.all([vmsOnHosts(db, [hostId]), evacuationVms(db, hostId)]);
  const moves = found === undefined ? [] : await movesFrom(db, hostId, found.asked_at_ms);
  const open = moves.filter((move) => move.state === 'queued' || move.state === 'running');
  const isOpen = new Set(open.map((move) => move.vm_id));
  const emptiedAtMs = found?.emptied_at_ms ?? null;
  const instantOf = (ms: number): string => new Date(ms).toISOString();
  return done({
    hostId,
    host: host.name,
    maintenance: host.maintenance,
    askedBy: found?.asked_by ?? '',
    askedAt: found === undefined ? null : instantOf(found.asked_at_ms),
    emptiedAt: emptiedAtMs === null ? null : instantOf(emptiedAtMs),
    vmsAtFirst: found?.vms_at_first ?? vms.length,
    vmsLeft: vms.length,
    moving: open.map((move) => ({
      moveId: move.id,
      vm: move.vm_name,
      to: move.to_name,
      waiting: move.state === 'queued',
      totalBytes: move.total_bytes,
      doneBytes: move.done_bytes,
      bytesPerSecond: move.bytes_per_second,
    })),
    blocked: vms.flatMap((vm) => {
      const known = found === undefined ? undefined : said.get(vm.id);
      if (known === undefined || isOpen.has(vm.id) || (known.reason === '' && known.answer === '')) return [];
      const isOn = vm.state !== 'shut-off' && vm.state !== 'crashed';
      return { vmId: vm.id, vm: vm.name, reason: known.reason, answer: known.answer, isOn };
    }),
  });
}
