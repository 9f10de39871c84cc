import type { Kysely } from 'kysely';
import type { z } from 'zod';
import type { seriesRange, VmSeries } from '../../../../shared/domains/fleet/vm-contract.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { LoadAverage, loadOfKey, unpackLoads } from '../sweep/load-record.ts';
import type { Load } from '../sweep/load-meter.ts';
import { FIVE_MINUTES, HOURS, MINUTES, type SeriesTier } from './series-tiers.ts';

type Db = Kysely<FleetTables>;
type Range = z.infer<typeof seriesRange>;

interface Drawn {
  readonly tier: SeriesTier;
  readonly minutes: number;
  readonly stepMinutes: number;
}

const DAY = 24 * 60;

/** About as many points as a chart has pixels. */
const drawn: Readonly<Record<Range, Drawn>> = {
  '1h': { tier: MINUTES, minutes: 60, stepMinutes: 1 },
  '24h': { tier: MINUTES, minutes: DAY, stepMinutes: 1 },
  '7d': { tier: FIVE_MINUTES, minutes: 7 * DAY, stepMinutes: 5 },
  '30d': { tier: FIVE_MINUTES, minutes: 30 * DAY, stepMinutes: 30 },
  '1y': { tier: HOURS, minutes: 365 * DAY, stepMinutes: 6 * 60 },
  '2y': { tier: HOURS, minutes: 2 * 365 * DAY, stepMinutes: 12 * 60 },
};

export interface SeriesAsked {
  readonly uuid: string;
  readonly range: Range;
  readonly nowMs: number;
}

/** Load of a VM over a range that ends now: one point per step, null where nothing is known. */
export async function vmSeriesOf(db: Db, { uuid, range, nowMs }: SeriesAsked): Promise<VmSeries> {
  return await loadSeriesOf(db, { subject: uuid, range, nowMs });
}

/** The same of whatever is measured: a VM by its UUID, a host by its id. */
export async function loadSeriesOf(
  db: Db,
  asked: { readonly subject: string; readonly range: Range; readonly nowMs: number },
): Promise<VmSeries> {
  const { tier, minutes, stepMinutes } = drawn[asked.range];
  const end = Math.floor(asked.nowMs / 60_000 / stepMinutes) * stepMinutes;
  const start = end - minutes;
  const averages = new Map<number, LoadAverage>();
  for (const { minute, load } of await loadsOf(db, tier, { name: asked.subject, start, end })) {
    const step = minute - (minute % stepMinutes);
    const average = averages.get(step) ?? new LoadAverage();
    averages.set(step, average);
    average.add(load);
  }
  const loads = new Map([...averages].map(([step, average]) => [step, average.load]));
  const at = Array.from({ length: minutes / stepMinutes }, (_, index) => start + index * stepMinutes);
  return {
    note: '',
    stepSeconds: stepMinutes * 60,
    atSeconds: at.map((minute) => minute * 60),
    ...columnsOf((field, index) => loads.get(at[index] ?? 0)?.[field] ?? null, at.length),
  };
}

/** Columns of the contract, each with `length` points, from the fields of a load. */
export function columnsOf(
  value: (field: keyof Load, index: number) => number | null,
  length: number,
): Omit<VmSeries, 'note' | 'stepSeconds' | 'atSeconds'> {
  const column = (field: keyof Load): (number | null)[] =>
    Array.from({ length }, (_, index) => value(field, index));
  return {
    cpuPercent: column('cpuPercent'),
    memoryBytes: column('memoryBytes'),
    diskReadBytesPerSecond: column('diskReadRate'),
    diskWriteBytesPerSecond: column('diskWriteRate'),
    netReceiveBytesPerSecond: column('netReceiveRate'),
    netTransmitBytesPerSecond: column('netTransmitRate'),
    diskReadOperationsPerSecond: column('diskReadOpsRate'),
    diskWriteOperationsPerSecond: column('diskWriteOpsRate'),
    stealPercent: column('stealPercent'),
  };
}

interface StepLoad {
  readonly minute: number;
  readonly load: Load;
}

/** Steps of a tier between two minutes, in no order. */
async function loadsOf(
  db: Db,
  tier: SeriesTier,
  asked: { name: string; start: number; end: number },
): Promise<StepLoad[]> {
  const subject = await db
    .selectFrom('series_subject')
    .select('number')
    .where('name', '=', asked.name)
    .executeTakeFirst();
  if (subject === undefined) return [];
  const steps = { from: asked.start / tier.stepMinutes, until: asked.end / tier.stepMinutes };
  const found = [
    ...(await turnedLoads(db, tier, { ...steps, subject: subject.number })),
    ...(await hostLoads(db, tier, { ...steps, subject: subject.number })),
  ];
  return found
    .filter(({ step }) => step >= steps.from && step < steps.until)
    .map(({ step, load }) => ({ minute: step * tier.stepMinutes, load }));
}

interface Asked {
  readonly subject: number;
  readonly from: number;
  readonly until: number;
}

async function turnedLoads(db: Db, tier: SeriesTier, asked: Asked): Promise<{ step: number; load: Load }[]> {
  const { chunkSteps } = tier;
  if (chunkSteps === undefined) return [];
  const rows = await db
    .selectFrom('series_subject_block')
    .select(['chunk', 'block'])
    .where('step_minutes', '=', tier.stepMinutes)
    .where('subject', '=', asked.subject)
    .where('chunk', '>=', Math.floor(asked.from / chunkSteps))
    .where('chunk', '<', Math.ceil(asked.until / chunkSteps))
    .execute();
  return rows.flatMap(({ chunk, block }) =>
    [...unpackLoads(block)].map(([step, load]) => ({ step: chunk * chunkSteps + step, load })),
  );
}

/** Steps that were not turned yet, from the blocks of the hosts it was measured on. */
async function hostLoads(db: Db, tier: SeriesTier, asked: Asked): Promise<{ step: number; load: Load }[]> {
  const rows = await db
    .selectFrom('series_host_block')
    .innerJoin('series_stay', 'series_stay.host_id', 'series_host_block.host_id')
    .select(['series_host_block.step', 'series_host_block.block'])
    .where('series_stay.subject', '=', asked.subject)
    .where('series_host_block.step_minutes', '=', tier.stepMinutes)
    .where('series_host_block.step', '>=', asked.from)
    .where('series_host_block.step', '<', asked.until)
    .execute();
  return rows.flatMap(({ step, block }) => {
    const load = loadOfKey(block, asked.subject);
    return load === undefined ? [] : [{ step, load }];
  });
}
