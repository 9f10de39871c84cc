import { fitProblems, whyNotMove } from '../../../shared/domains/moves/fits-rules.ts';
import { whyWait, type MoveCaps, type RunningMove } from '../../../shared/domains/moves/move-rules.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { moveFactsOf, type MoveFacts } from '../fleet/fleet-public.ts';

export type Choice =
  | {
      readonly kind: 'host';
      readonly facts: MoveFacts;
      readonly target: { readonly id: string; readonly name: string };
    }
  /** A host fits, but has its fill of moves. */
  | { readonly kind: 'wait' }
  /** A clause. */
  | { readonly kind: 'nowhere'; readonly reason: string };

const NAMED = 3;

/** The best other host of a VM's cluster, by the policy of the cluster; among those that fit one where its move may begin now. */
export async function chooseHost(
  db: AnyDatabase,
  vmId: string,
  moves: { readonly running: readonly RunningMove[]; readonly caps: MoveCaps },
  mayBe: (hostId: string) => boolean = () => true,
): Promise<Choice> {
  const facts = await moveFactsOf(db, vmId);
  if (facts === undefined) return { kind: 'nowhere', reason: 'it is gone' };
  const cannot = whyNotMove(facts.moving);
  if (cannot !== null) return { kind: 'nowhere', reason: cannot };
  const { from, moving } = facts;
  const others = facts.hosts.filter(
    (host) => host.id !== from.id && host.clusterId === from.clusterId && mayBe(host.id),
  );
  const judged = others.map((host) => ({ host, problems: fitProblems(moving, from, host, moves.caps) }));
  const fitting = judged.filter(({ problems }) => problems.length === 0).map(({ host }) => host);
  const target = fitting.find(
    (host) => whyWait({ fromHostId: from.id, toHostId: host.id }, moves.running, moves.caps) === null,
  );
  if (target !== undefined) return { kind: 'host', facts, target };
  if (fitting.length > 0) return { kind: 'wait' };
  if (judged.length === 0) return { kind: 'nowhere', reason: `there is no other host in ${from.cluster}` };
  const words = judged
    .slice(0, NAMED)
    .map(({ host, problems }) => `${host.name}: ${problems[0]?.reason ?? ''}`);
  const more = judged.length > NAMED ? ` and ${judged.length - NAMED} more` : '';
  return { kind: 'nowhere', reason: `no host of ${from.cluster} fits (${words.join('; ')}${more})` };
}
