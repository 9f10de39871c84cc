import type { Kysely } from 'kysely';
import type { VmSeries } from '../../../../shared/domains/fleet/vm-contract.ts';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import { queryRange } from '../../../platform/metrics/prometheus-query.ts';
import { hostLoadMetrics, loadMetrics } from '../fleet-metrics.ts';
import type { FleetTables } from '../fleet-tables.ts';
import type { Load } from '../sweep/load-meter.ts';
import { columnsOf, loadSeriesOf, vmSeriesOf, type SeriesAsked } from './vm-series.ts';

/** Ranges read from Prometheus, where there is one: it keeps them finer, and longer, than the store needs to. */
const LONG: readonly SeriesAsked['range'][] = ['30d', '1y', '2y'];

interface Asked {
  readonly range: SeriesAsked['range'];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Load of a VM over a range. Long ones come from Prometheus at `address` ('' is none); where that knows nothing the store does, and
 * when it does not answer the store alone does, which the note says.
 */
export async function vmSeriesFrom(
  db: Kysely<FleetTables>,
  address: string,
  asked: SeriesAsked & Asked,
): Promise<VmSeries> {
  const stored = await vmSeriesOf(db, asked);
  return await withPrometheus(
    address,
    { ...asked, metrics: loadMetrics, labels: { vm: asked.uuid } },
    stored,
  );
}

/** The same of a host, which Prometheus knows by its name: under a name it had before only the store knows it. */
export async function hostSeriesFrom(
  db: Kysely<FleetTables>,
  address: string,
  asked: Asked & { readonly nowMs: number; readonly host: { readonly id: string; readonly name: string } },
): Promise<VmSeries> {
  const { host, range, nowMs } = asked;
  const stored = await loadSeriesOf(db, { subject: host.id, range, nowMs });
  return await withPrometheus(
    address,
    { ...asked, metrics: hostLoadMetrics, labels: { host: host.name } },
    stored,
  );
}

type Measured = Asked & {
  readonly metrics: typeof loadMetrics;
  readonly labels: Readonly<Record<string, string>>;
};

async function withPrometheus(address: string, asked: Measured, stored: VmSeries): Promise<VmSeries> {
  if (address === '' || !LONG.includes(asked.range)) return stored;
  try {
    const loads = await loadsFrom(address, asked, stored);
    const found = columnsOf((field, index) => loads.get(field)?.[index] ?? null, stored.atSeconds.length);
    return {
      ...stored,
      ...mapColumns(found, (name, column) =>
        column.map((value, index) => value ?? stored[name][index] ?? null),
      ),
    };
  } catch (error) {
    if (!(error instanceof OperatingFailure)) throw error;
    return { ...stored, note: `${error.message} What the store keeps is shown instead.` };
  }
}

type Columns = ReturnType<typeof columnsOf>;

function mapColumns(
  columns: Columns,
  map: (name: keyof Columns, column: (number | null)[]) => (number | null)[],
): Columns {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, map(name as keyof Columns, column)]),
  ) as Columns;
}

/** The average of each step, which begins at its `atSeconds`: what Prometheus averages ends at the instant it is asked for. */
async function loadsFrom(
  address: string,
  asked: Measured,
  grid: Pick<VmSeries, 'atSeconds' | 'stepSeconds'>,
): Promise<Map<keyof Load, (number | null)[]>> {
  const { stepSeconds, atSeconds } = grid;
  const first = atSeconds[0] ?? 0;
  const last = atSeconds.at(-1) ?? 0;
  const selected = selectorOf(asked.labels);
  const columns = asked.metrics.map(async ({ name, field, factor }) => {
    const values = await queryRange(address, {
      query: `avg_over_time(${name}${selected}[${stepSeconds}s])`,
      startSeconds: first + stepSeconds,
      endSeconds: last + stepSeconds,
      stepSeconds,
      signal: asked.signal,
    });
    const column = atSeconds.map((at) => {
      const value = values.get(at + stepSeconds);
      return value === undefined || !Number.isFinite(value) ? null : value / factor;
    });
    return [field, column] as const;
  });
  return new Map(await Promise.all(columns));
}

/** As PromQL writes text: with the escapes of JSON. */
function selectorOf(labels: Measured['labels']): string {
  return `{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join()}}`;
}
