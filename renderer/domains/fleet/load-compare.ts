import type { VmSeries } from '../../../shared/domains/fleet/vm-contract.ts';

/** More lines than this nobody tells apart. */
export const COMPARED_AT_MOST = 8;

/** What is compared: pages of these live under `/vms` and `/hosts`. */
export type Compared = 'VM' | 'host';
const PATHS: Readonly<Record<Compared, string>> = { VM: '/vms', host: '/hosts' };

/** Address of the comparison of these. */
export function comparePath(kind: Compared, ids: readonly string[]): string {
  return `${PATHS[kind]}/compare?ids=${ids.join(',')}`;
}

/** Address of one of them. */
export function pathOf(kind: Compared, id: string): string {
  return `${PATHS[kind]}/${id}`;
}

/** Why so many cannot be compared; null where they can. */
export function whyNotCompared(kind: Compared, count: number, all: boolean): string | null {
  if (count < 2) return `Tick another ${kind}: a comparison needs two.`;
  if (all || count > COMPARED_AT_MOST)
    return `At most ${COMPARED_AT_MOST} ${kind}s are compared: tick fewer.`;
  return null;
}

/** The ids an address names, each once, as many as are compared. */
export function comparedIds(text: string): readonly string[] {
  return [...new Set(text.split(',').filter(Boolean))].slice(0, COMPARED_AT_MOST);
}

type Column = Exclude<keyof VmSeries, 'stepSeconds' | 'atSeconds' | 'note'>;

/** Series that were read one after the other, on the times that any of them knows; what one does not know is a gap. */
export function onOneTime(series: readonly (VmSeries | undefined)[]): {
  readonly timesMs: readonly number[];
  /** One line per series: the sum of these columns. */
  readonly lines: (...columns: readonly Column[]) => (number | null)[][];
} {
  const seconds = [...new Set(series.flatMap((one) => one?.atSeconds ?? []))].toSorted((a, b) => a - b);
  const places = series.map((one) => new Map(one?.atSeconds.map((second, at) => [second, at])));
  const valueAt = (which: number, second: number, columns: readonly Column[]): number | null => {
    const at = places[which]?.get(second);
    if (at === undefined) return null;
    const known = columns.map((column) => series[which]?.[column][at] ?? null);
    return known.every((value) => value === null)
      ? null
      : known.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  };
  return {
    timesMs: seconds.map((second) => second * 1000),
    lines: (...columns) =>
      series.map((_one, which) => seconds.map((second) => valueAt(which, second, columns))),
  };
}
