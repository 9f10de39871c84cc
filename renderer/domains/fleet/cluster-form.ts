import type { ClusterFields } from '../../../shared/domains/fleet/cluster-contract.ts';
import { WEEKDAYS } from '../../../shared/domains/fleet/cluster-rules.ts';

/** What a person writes of a cluster. */
export type ClusterValues = Omit<ClusterFields, 'cpuOvercommit' | 'memoryOvercommit' | 'jurisdiction'> & {
  jurisdiction: string | null;
  cpuOvercommit: number | string;
  memoryPercent: number | string;
};

export function clusterValues(fields: ClusterFields): ClusterValues {
  const { memoryOvercommit, ...rest } = fields;
  return {
    ...rest,
    jurisdiction: fields.jurisdiction || null,
    memoryPercent: Math.round(memoryOvercommit * 100),
  };
}

export function clusterInput(values: ClusterValues): ClusterFields {
  const { memoryPercent, ...rest } = values;
  return {
    ...rest,
    name: values.name.trim(),
    site: values.site.trim(),
    jurisdiction: values.jurisdiction ?? '',
    cpuOvercommit: Number(values.cpuOvercommit),
    memoryOvercommit: Number(memoryPercent) / 100,
    filters: values.filters.map((filter) => ({
      ...filter,
      value: filter.subject === 'any' ? '' : filter.value.trim(),
      label: filter.label.trim().toLowerCase(),
    })),
    windows: values.windows.map((weekly) => ({
      ...weekly,
      days: WEEKDAYS.filter((day) => weekly.days.includes(day)),
    })),
  };
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const LABEL = /^[a-z0-9][a-z0-9._-]{0,39}$/i;

export const clusterProblems = {
  name: (name: string): string | null => (name.trim() === '' ? 'As people will call it.' : null),
  cpuOvercommit: (ratio: number | string): string | null =>
    typeof ratio === 'number' && ratio >= 0.5 && ratio <= 64
      ? null
      : 'From 0.5 to 64; 8 is usual where guests mostly wait.',
  memoryPercent: (percent: number | string): string | null =>
    typeof percent === 'number' && percent >= 50 && percent <= 400
      ? null
      : 'From 50 to 400 %; above 100 % hosts may have to swap.',
  filters: {
    label: (label: string): string | null =>
      LABEL.test(label.trim()) ? null : 'A word of letters, digits and dashes, such as ssd.',
    value: (value: string, values: ClusterValues, path: string): string | null => {
      const filter = values.filters[Number(path.split('.')[1])];
      return filter !== undefined && filter.subject !== 'any' && value.trim() === '' ? 'Which ones?' : null;
    },
  },
  windows: {
    from: (time: string): string | null => (TIME.test(time) ? null : 'Such as 22:30.'),
    until: (time: string): string | null => (TIME.test(time) ? null : 'Such as 04:00.'),
    days: (days: readonly string[]): string | null => (days.length === 0 ? 'One day at least.' : null),
  },
};
