import { sentenceOf } from '../../../../shared/contract/outcome.ts';
import { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { HostAuth } from '../../../../shared/domains/fleet/host-contract.ts';
import type { HostImportLine } from '../../../../shared/domains/fleet/host-import-contract.ts';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import type { Sealer } from '../../../platform/secrets/sealer.ts';
import { StoreError } from '../../../platform/store/store-error.ts';
import type { Store } from '../../../platform/store/store.ts';
import type {
  StepContext,
  TaskDefinition,
  TaskStarter,
  TaskStep,
} from '../../../platform/tasks/task-definition.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { enterAndKeep } from './host-add.ts';
import { doorOf } from './host-import-check.ts';
import { importRows, markImportLine } from './host-import-store.ts';
import type { HostKeys } from './host-keys.ts';
import { inTurns } from './in-turns.ts';

export interface HostImportParts {
  readonly store: Store;
  readonly keys: HostKeys;
  readonly sealer: Sealer;
}

/** Beside the above, what the command needs that starts it. */
export interface HostImportCommandParts extends HostImportParts {
  readonly tasks: TaskStarter;
}

type Line = Omit<HostImportLine, 'cluster'> & { readonly clusterId: string | null };

export interface HostImportInput {
  readonly importId: string;
  readonly lines: readonly Line[];
  /** How the hosts are entered; gone once all of them are added. */
  readonly sealed?: { readonly auth: string };
}
interface State {
  readonly added: number;
}
type Step = TaskStep<HostImportInput, State>;

const AT_ONCE = 8;

export function importPurpose(importId: string): string {
  return `${importId}:ssh-login`;
}

/**
 * Adds the hosts of a list. Each line is a piece of work of its own: what was added stays, also when the task is cancelled or
 * others fail, so nothing is undone; the task fails in the end if a line did, and trying it again takes up those lines alone.
 */
export function hostImportTask(parts: HostImportParts): TaskDefinition<HostImportInput, State> {
  return {
    kind: 'host-import',
    title: ({ lines }) => `Import ${lines.length} ${lines.length === 1 ? 'host' : 'hosts'}`,
    subject: ({ importId, lines }) => ({ kind: 'none', id: importId, name: `${lines.length} hosts` }),
    steps: [addLines(parts), settle(parts)],
    result: ({ added }) => ({ added: added ?? 0 }),
  };
}

function addLines(parts: HostImportParts): Step {
  return {
    name: 'add',
    title: ({ lines }) => `Enter and add ${lines.length} hosts`,
    run: async (context) => {
      const { input, progress } = context;
      await takeUp(parts, context);
      const auth = await authOf(parts, input);
      const rows = new Map(
        (await importRows(parts.store.tables(), input.importId)).map((row) => [row.line, row]),
      );
      const open = input.lines.filter(({ line }) => rows.get(line)?.state !== 'added');
      let ended = input.lines.length - open.length;
      progress(ended, input.lines.length, 'items');
      await inTurns(open, AT_ONCE, async (line) => {
        await addLine(parts, context, { line, auth });
        ended += 1;
        progress(ended, input.lines.length, 'items');
      });
    },
  };
}

/** From now on this task is the one whose lines they are: one that is tried again is another task. */
async function takeUp(
  { store }: HostImportParts,
  { input, taskId }: StepContext<HostImportInput>,
): Promise<void> {
  await store
    .tables<FleetTables>()
    .updateTable('host_import_line')
    .set({ task_id: taskId })
    .where('import_id', '=', input.importId)
    .execute();
}

async function authOf({ sealer }: HostImportParts, input: HostImportInput): Promise<HostAuth> {
  if (input.sealed === undefined) {
    throw new OperatingFailure({
      code: 'login-gone',
      sentence:
        'What the hosts are entered with was forgotten when all of them were added. Import the list anew.',
    });
  }
  return JSON.parse(await sealer.open(input.sealed.auth, importPurpose(input.importId))) as HostAuth;
}

async function addLine(
  parts: HostImportParts,
  { input, signal, log }: StepContext<HostImportInput>,
  { line, auth }: { readonly line: Line; readonly auth: HostAuth },
): Promise<void> {
  const at = { importId: input.importId, line: line.line };
  const { changes } = parts.store;
  const door = {
    ...doorOf(line, auth),
    name: line.name,
    labels: line.labels,
    ...(line.clusterId === null ? {} : { clusterId: line.clusterId }),
  };
  const answer = await enterAndKeep(parts, door, {
    signal,
    // In one transaction: after a crash a line that was added is known to be.
    kept: async (trx, { hostId, name }) =>
      await markImportLine(trx, changes, at, { state: 'added', sentence: '', host_id: hostId, name }),
  }).catch((error: unknown) => {
    // Without the store nothing can be kept of any line. Whatever else this host does is about this host.
    if (signal.aborted || error instanceof StoreError) throw error;
    return { sentence: sentenceOfFailure(error) };
  });
  if ('ok' in answer && answer.ok) return;
  const sentence =
    'sentence' in answer
      ? answer.sentence
      : sentenceOf(fleetContract.hostAdd.refusals[answer.code], answer.facts);
  log('warn', `Line ${line.line}, ${line.name || line.address}: ${sentence}`);
  await parts.store.transaction<FleetTables, void>(
    async (trx) => await markImportLine(trx, changes, at, { state: 'failed', sentence }),
  );
}

function sentenceOfFailure(error: unknown): string {
  if (error instanceof OperatingFailure) return error.message;
  const words = error instanceof Error ? error.message : String(error);
  return `It could not be added: ${words.trim().replace(/\.$/, '')}.`;
}

/** All or not: a failed line is a failed task, so that nobody overlooks it. */
function settle({ store }: HostImportParts): Step {
  return {
    name: 'settle',
    title: () => 'See that none is left over',
    run: async ({ input }) => {
      const rows = await importRows(store.tables(), input.importId);
      const failed = rows.filter((row) => row.state !== 'added');
      if (failed.length === 0) return { added: rows.length };
      const [first] = failed;
      throw new OperatingFailure({
        code: 'lines-failed',
        sentence: `${failed.length} of ${rows.length} hosts could not be added (line ${first?.line}: ${first?.sentence}). Settle what is in the way, then try again: only those are tried.`,
      });
    },
  };
}
