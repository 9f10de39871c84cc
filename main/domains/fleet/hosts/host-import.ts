import type { Transaction } from 'kysely';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import {
  columnsWithoutHeader,
  csvCells,
  guessColumns,
  isHeader,
  readImport,
} from '../../../../shared/domains/fleet/host-import-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { allClusters } from '../clusters/cluster-store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { importRows } from './host-import-store.ts';
import { hostImportTask, importPurpose, type HostImportCommandParts } from './host-import-task.ts';

type Operation = typeof fleetContract.hostImport;
type Answer = Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>;

/** Reads a CSV; pure. */
export function hostImportRead({
  csv,
  columns: given,
}: InputOf<typeof fleetContract.hostImportRead>): OutputOf<typeof fleetContract.hostImportRead> {
  const cells = csvCells(csv);
  const [first = []] = cells;
  const columns = given ?? (isHeader(first) ? guessColumns(first) : columnsWithoutHeader(first));
  const read = readImport(cells, { columns });
  return {
    columns: [...columns],
    lines: read.map(({ line, problems }) => ({
      ...line,
      jump: [...line.jump],
      labels: [...line.labels],
      problems: [...problems],
    })),
  };
}

/** Records the lines and starts the task that adds them, in the call's transaction; what they are entered with stands sealed in it. */
export async function hostImport(
  parts: HostImportCommandParts,
  { auth, lines }: InputOf<Operation>,
  context: CallContext,
): Promise<Answer> {
  // `effect: 'store'`: what the context gives is the call's own transaction.
  const trx = context.tables<FleetTables>() as Transaction<FleetTables>;
  const clusters = new Map((await allClusters(trx)).map((cluster) => [cluster.name_key, cluster.id]));
  const seen = new Set<number>();
  for (const { line, cluster, address, fingerprint } of lines) {
    if (seen.has(line)) return refuse('line-twice', { line });
    seen.add(line);
    if (fingerprint === '') return refuse('key-unconfirmed', { line, address });
    if (cluster !== '' && !clusters.has(cluster.toLowerCase()))
      return refuse('no-such-cluster', { line, cluster });
  }
  const importId = newId('import');
  context.subject(`${lines.length} hosts`);
  const { taskId } = await parts.tasks.start(
    hostImportTask(parts),
    {
      importId,
      lines: lines.map(({ cluster, ...line }) => ({
        ...line,
        clusterId: cluster === '' ? null : (clusters.get(cluster.toLowerCase()) ?? null),
      })),
      sealed: { auth: await parts.sealer.seal(JSON.stringify(auth), importPurpose(importId)) },
    },
    { startedBy: context.actor.login, within: trx },
  );
  await parts.store.insertMany(
    trx,
    'host_import_line',
    lines.map((line) => ({
      import_id: importId,
      line: line.line,
      name: line.name,
      address: line.address,
      state: 'waiting',
      sentence: '',
      host_id: null,
      task_id: taskId,
    })),
  );
  return done({ importId, taskId });
}

/** What became of each line. */
export async function hostImportGet(
  { importId }: InputOf<typeof fleetContract.hostImportGet>,
  context: CallContext,
): Promise<
  Outcome<OutputOf<typeof fleetContract.hostImportGet>, RefusalCodeOf<typeof fleetContract.hostImportGet>>
> {
  const rows = await importRows(context.tables<FleetTables>(), importId);
  const [first] = rows;
  if (first === undefined) return refuse('no-such-import', { importId });
  const count = (state: string): number => rows.filter((row) => row.state === state).length;
  return done({
    importId,
    taskId: first.task_id,
    waiting: count('waiting'),
    added: count('added'),
    failed: count('failed'),
    lines: rows.map((row) => ({
      line: row.line,
      name: row.name,
      address: row.address,
      state: row.state,
      sentence: row.sentence,
      hostId: row.host_id,
    })),
  });
}
