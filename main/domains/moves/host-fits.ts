import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import {
  FIT_CHECKS,
  fitProblems,
  storageWay,
  whyNotMove,
  type FitProblem,
} from '../../../shared/domains/moves/fits-rules.ts';
import type { FitRow, movesContract } from '../../../shared/domains/moves/moves-contract.ts';
import { domainXmlFlags } from '../../platform/libvirt/flags.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { moveFactsOf, type MoveFacts } from '../fleet/fleet-public.ts';
import { moveRowOf, openMoveOf, readCaps, runningMoves } from './move-store.ts';
import type { MovesTables } from './moves-tables.ts';
import type { MovesParts } from './moves-parts.ts';

type Operation = typeof movesContract.vmMoveFits;

/** Hosts that are asked about the CPU at the same time. */
const ASKED_AT_ONCE = 16;
const ANSWER_WITHIN_MS = 4_000;
/** Asked of the best so many; the others are asked when the VM is moved there. */
const ASKED_AT_MOST = 64;

/** The table of all hosts: from the store, and one question about the CPU of those that fit otherwise. */
export async function vmMoveFits(
  parts: Pick<MovesParts, 'store' | 'hosts'>,
  { vmId }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<MovesTables>();
  const facts = await moveFactsOf(db, vmId);
  if (facts === undefined) return refuse('no-such-vm', { vmId });
  const { vm, from, moving } = facts;
  const running = await runningMoves(db);
  const open = await openMoveOf(db, vmId);
  const caps = await readCaps(db);
  const live = moving.state === 'running' || moving.state === 'blocked';
  const rows = facts.hosts.map((host): FitRow => {
    const problems = fitProblems(moving, from, host, caps);
    const { way, copyBytes } = storageWay(moving, from, host);
    const moves = running.filter((move) => move.fromHostId === host.id || move.toHostId === host.id).length;
    return {
      hostId: host.id,
      host: host.name,
      fits: problems.length === 0,
      problems,
      storage: way,
      copyBytes,
      memoryFreeBytes: host.memoryFreeBytes,
      moves,
    };
  });
  const checked = live ? await withCpu(parts, facts, rows, context.signal) : rows;
  return done({
    vm: vm.name,
    host: from.name,
    live,
    reason: whyNotMove(moving) ?? '',
    rows: checked.toSorted(better),
    moving: open === undefined ? null : moveRowOf(open),
  });
}

function better(a: FitRow, b: FitRow): number {
  return (
    Number(b.fits) - Number(a.fits) ||
    a.problems.length - b.problems.length ||
    a.moves - b.moves ||
    b.memoryFreeBytes - a.memoryFreeBytes ||
    (a.host < b.host ? -1 : 1)
  );
}

async function withCpu(
  parts: Pick<MovesParts, 'hosts'>,
  facts: MoveFacts,
  rows: readonly FitRow[],
  signal: AbortSignal,
): Promise<FitRow[]> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
  const cpu = await cpuOf(parts, facts, within);
  if (cpu === undefined) return [...rows];
  const asked = rows
    .filter((row) => row.fits)
    .toSorted(better)
    .slice(0, ASKED_AT_MOST);
  const answers = new Map<string, FitProblem>();
  for (let start = 0; start < asked.length; start += ASKED_AT_ONCE) {
    await Promise.all(
      asked.slice(start, start + ASKED_AT_ONCE).map(async (row) => {
        const problem = await cpuProblem(parts, { id: row.hostId, name: row.host }, { cpu, signal: within });
        if (problem !== undefined) answers.set(row.hostId, problem);
      }),
    );
  }
  return rows.map((row) => {
    const problem = answers.get(row.hostId);
    if (problem === undefined) return row;
    const problems = [...row.problems, problem].toSorted(
      (a, b) => FIT_CHECKS.indexOf(a.check) - FIT_CHECKS.indexOf(b.check),
    );
    return { ...row, fits: false, problems };
  });
}

/** The CPU the guest runs with now. Undefined where every host has it, or where its host does not tell in time: the move finds out. */
async function cpuOf(
  parts: Pick<MovesParts, 'hosts'>,
  { vm, from }: MoveFacts,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return await parts.hosts.on(from, signal, async ({ session }) => {
      const domain = await session.domains.lookupByUuid(vm.uuid, { signal });
      const xml = await session.domains.xml(domain, domainXmlFlags.migratable, { signal });
      const cpu = /<cpu [^]*?<\/cpu>/.exec(xml)?.[0];
      // Emulated guests and the smallest models run everywhere.
      if (cpu === undefined || /<domain type='qemu'/.test(xml) || />(qemu64|kvm64)</.test(cpu))
        return undefined;
      return cpu;
    });
  } catch {
    return undefined;
  }
}

async function cpuProblem(
  parts: Pick<MovesParts, 'hosts'>,
  host: { readonly id: string; readonly name: string },
  { cpu, signal }: { cpu: string; signal: AbortSignal },
): Promise<FitProblem | undefined> {
  const INCOMPATIBLE = 0;
  try {
    const result = await parts.hosts.on(
      host,
      signal,
      async ({ session }) => await session.host.compareHypervisorCpu(cpu, { signal }),
    );
    return result === INCOMPATIBLE
      ? { check: 'cpu', reason: 'its CPU lacks something the VM’s has: see its model and features' }
      : undefined;
  } catch (error) {
    return {
      check: 'host',
      reason: `it did not say whether its CPU serves: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
