import type { Transaction } from 'kysely';
import {
  mergeBlocks,
  packNumberBlock,
  rowOf,
  unpackNumberBlock,
  type NumberBlock,
} from '../../../platform/series/number-block.ts';
import type { Store } from '../../../platform/store/store.ts';
import { isAmong } from '../../../platform/store/update-many.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { LOAD_FIELDS, loadOf, type Load } from './load-meter.ts';
import { MINUTES } from '../series/series-tiers.ts';
import type { HostSighting } from './vm-sighting.ts';

type Trx = Transaction<FleetTables>;

/** Load by subject number. */
export type Loads = ReadonlyMap<number, Load>;

const DAY_MINUTES = 24 * 60;

/** Adds the minutes that became complete. A minute that two collectors saw keeps what the later one wrote. */
export async function recordLoads(
  trx: Trx,
  store: Pick<Store, 'kind' | 'insertMany'>,
  sightings: readonly HostSighting[],
): Promise<void> {
  const minutes = hostMinutes(sightings);
  if (minutes.length === 0) return;
  const names = [...new Set(minutes.flatMap(({ loads }) => [...loads.keys()]))];
  const numbers = await subjectNumbers(trx, store, names);
  const numbered = minutes.map(({ hostId, minute, loads }) => ({
    hostId,
    step: minute,
    loads: byNumber(loads, numbers),
  }));
  await mergeHostBlocks(
    trx,
    MINUTES.stepMinutes,
    numbered.map(({ hostId, step, loads }) => ({ hostId, step, block: blockOf(loads) })),
  );
  await stayOn(trx, store, numbered);
}

function byNumber(loads: ReadonlyMap<string, Load>, numbers: ReadonlyMap<string, number>): Map<number, Load> {
  const numbered = new Map<number, Load>();
  for (const [name, load] of loads) numbered.set(numbers.get(name) ?? 0, load);
  return numbered;
}

/** What was told of a host and of its VMs, by minute: they stand in one block. */
function hostMinutes(sightings: readonly HostSighting[]): HostMinute[] {
  const blocks = new Map<string, HostMinute>();
  for (const { hostId, vms, minutes: ofHost = [] } of sightings) {
    let last: HostMinute | undefined;
    for (const { uuid: subject, minutes } of [...vms, { uuid: hostId, minutes: ofHost }]) {
      for (const { minute, load } of minutes) {
        // One minute of all VMs, most of the time.
        if (last?.minute !== minute) {
          const key = `${hostId} ${minute}`;
          last = blocks.get(key) ?? { hostId, minute, loads: new Map<string, Load>() };
          blocks.set(key, last);
        }
        last.loads.set(subject, load);
      }
    }
  }
  return [...blocks.values()];
}

interface HostMinute {
  readonly hostId: string;
  readonly minute: number;
  /** By what is measured: the UUID of a VM, or the host's own id. */
  readonly loads: Map<string, Load>;
}

/** Numbers that stand in a store; one that was given out keeps it for ever, so it is asked for once. */
const known = new WeakMap<object, Map<string, number>>();

/** Numbers of subjects, given out when first needed. */
async function subjectNumbers(
  trx: Trx,
  store: Pick<Store, 'kind' | 'insertMany'>,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const numbers = known.get(store) ?? new Map<string, number>();
  known.set(store, numbers);
  const read = async (asked: readonly string[]) =>
    await trx
      .selectFrom('series_subject')
      .select(['name', 'number'])
      .where(isAmong(store.kind, 'name', asked))
      .execute();
  const unknown = names.filter((name) => !numbers.has(name));
  if (unknown.length === 0) return numbers;
  for (const { name, number } of await read(unknown)) numbers.set(name, number);
  const missing = unknown.filter((name) => !numbers.has(name));
  if (missing.length === 0) return numbers;
  await store.insertMany(
    trx,
    'series_subject',
    missing.map((name) => ({ name })),
    { onConflict: 'ignore' },
  );
  // Not kept: who knows whether this transaction is going to be committed.
  const made = await read(missing);
  return new Map([...numbers, ...made.map(({ name, number }) => [name, number] as const)]);
}

/** Which subjects are noted in a store as measured on a host on a day. */
const stays = new WeakMap<object, Map<string, { readonly day: number; readonly subjects: Set<number> }>>();

/** Notes once a day that these subjects are measured on their hosts. */
async function stayOn(
  trx: Trx,
  store: Pick<Store, 'kind' | 'insertMany'>,
  blocks: readonly { hostId: string; step: number; loads: Loads }[],
): Promise<void> {
  const newest = Math.max(...blocks.map(({ step }) => step));
  const day = Math.floor(newest / DAY_MINUTES);
  const noted = stays.get(store) ?? new Map<string, { day: number; subjects: Set<number> }>();
  stays.set(store, noted);
  const isNoted = (hostId: string, subject: number): boolean => {
    const had = noted.get(hostId);
    return had !== undefined && had.day >= day && had.subjects.has(subject);
  };
  const lacking = blocks.filter(({ hostId, loads }) =>
    [...loads.keys()].some((subject) => !isNoted(hostId, subject)),
  );
  if (lacking.length === 0) return;
  const hosts = [...new Set(lacking.map(({ hostId }) => hostId))];
  const rows = await trx
    .selectFrom('series_stay')
    .select(['subject', 'host_id'])
    .where(isAmong(store.kind, 'host_id', hosts))
    .where('seen_day', '>=', day)
    .execute();
  for (const hostId of hosts) noted.set(hostId, { day, subjects: new Set() });
  for (const { subject, host_id: hostId } of rows) noted.get(hostId)?.subjects.add(subject);
  const made = new Map<string, { subject: number; host_id: string; seen_day: number }>();
  for (const { hostId, loads } of lacking)
    for (const subject of loads.keys())
      if (!isNoted(hostId, subject))
        made.set(`${subject} ${hostId}`, { subject, host_id: hostId, seen_day: day });
  // Nor are these kept, until they are read.
  await store.insertMany(trx, 'series_stay', [...made.values()], {
    onConflict: { key: ['subject', 'host_id'], replace: ['seen_day'] },
  });
}

/** Loads of one host at one step; keys are subjects, columns are `LOAD_FIELDS`. */
export interface HostStep {
  readonly hostId: string;
  readonly step: number;
  readonly block: NumberBlock;
}

const BLOCKS_AT_ONCE = 100;

/** Puts rows into hosts' blocks; subjects that were in one already get the new values. */
export async function mergeHostBlocks(
  trx: Trx,
  stepMinutes: number,
  blocks: readonly HostStep[],
): Promise<void> {
  for (let start = 0; start < blocks.length; start += BLOCKS_AT_ONCE)
    await mergeSome(trx, stepMinutes, blocks.slice(start, start + BLOCKS_AT_ONCE));
}

async function mergeSome(trx: Trx, stepMinutes: number, blocks: readonly HostStep[]): Promise<void> {
  const there = await trx
    .selectFrom('series_host_block')
    .select(['host_id', 'step', 'block'])
    .where('step_minutes', '=', stepMinutes)
    .where('host_id', 'in', [...new Set(blocks.map(({ hostId }) => hostId))])
    .where('step', 'in', [...new Set(blocks.map(({ step }) => step))])
    .execute();
  const had = new Map(there.map((row) => [`${row.host_id} ${row.step}`, row.block]));
  const rows = blocks.map(({ hostId, step, block: later }) => {
    const before = had.get(`${hostId} ${step}`);
    const block = packNumberBlock(
      before === undefined ? later : mergeBlocks(unpackNumberBlock(before), later),
    );
    return { step_minutes: stepMinutes, host_id: hostId, step, block };
  });
  await trx
    .insertInto('series_host_block')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['step_minutes', 'host_id', 'step'])
        .doUpdateSet(({ ref }) => ({ block: ref('excluded.block') })),
    )
    .execute();
}

/** A block of loads: keys are subjects, or steps of one subject; columns are `LOAD_FIELDS`. */
export function packLoads(loads: Loads): Uint8Array {
  return packNumberBlock(blockOf(loads));
}

function blockOf(loads: Loads): NumberBlock {
  const sorted = [...loads].toSorted(([one], [other]) => one - other);
  return {
    keys: sorted.map(([key]) => key),
    columns: LOAD_FIELDS.map((field) => Float32Array.from(sorted, ([, load]) => load[field] ?? Number.NaN)),
  };
}

export function unpackLoads(packed: Uint8Array): Map<number, Load> {
  const { keys, columns } = unpackNumberBlock(packed);
  return new Map(keys.map((key, row) => [key, loadAt(columns, row)]));
}

/** Load of one key alone; undefined where the block does not have it. */
export function loadOfKey(packed: Uint8Array, key: number): Load | undefined {
  const block = unpackNumberBlock(packed);
  const row = rowOf(block, key);
  return row === undefined ? undefined : loadAt(block.columns, row);
}

/** Blocks written before a field was measured have no column for it. */
function loadAt(columns: readonly Float32Array[], row: number): Load {
  return loadOf((field) => {
    const value = columns[LOAD_FIELDS.indexOf(field)]?.[row];
    return value === undefined || Number.isNaN(value) ? null : value;
  });
}

/** Adds up loads and gives their averages, field by field, over those that are known. */
export class LoadAverage {
  readonly #sums = new Map<keyof Load, { total: number; count: number }>();

  add(load: Load): void {
    for (const field of LOAD_FIELDS) {
      const value = load[field];
      if (value === null) continue;
      const sum = this.#sums.get(field);
      if (sum === undefined) this.#sums.set(field, { total: value, count: 1 });
      else {
        sum.total += value;
        sum.count += 1;
      }
    }
  }

  get load(): Load {
    return loadOf((field) => {
      const sum = this.#sums.get(field);
      return sum === undefined ? null : sum.total / sum.count;
    });
  }
}
