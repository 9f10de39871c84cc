import type { ClusterRow, PlacementFilter } from '../../../shared/domains/fleet/cluster-contract.ts';
import { WEEKDAYS, type MaintenanceWindow } from '../../../shared/domains/fleet/cluster-rules.ts';
import { formatDated } from '../../ui/format.ts';

export const policyWords = {
  spread: { word: 'Spread', text: 'New VMs go to the host with most memory free.' },
  pack: {
    word: 'Pack',
    text: 'New VMs go to the fullest host on which they fit, so that others stay empty.',
  },
} as const;

/** `open until 04:00`, `next Sun 6 Dec, 01:30`, `any time`. */
export function windowWords(span: ClusterRow['window']): string {
  if (span === null) return 'any time';
  return span.isOpen
    ? `open until ${formatDated(Date.parse(span.until))}`
    : `next ${formatDated(Date.parse(span.from))}`;
}

const DAY_WORDS: Readonly<Record<(typeof WEEKDAYS)[number], string>> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};

export const dayOptions = WEEKDAYS.map((day) => ({ value: day, label: DAY_WORDS[day] }));

/** `Tue, Thu 23:00 to 03:00`. */
export function weeklyWords({ days, from, until }: MaintenanceWindow): string {
  const named = WEEKDAYS.filter((day) => days.includes(day)).map((day) => DAY_WORDS[day]);
  return `${named.length === 7 ? 'every day' : named.join(', ')} ${from} to ${until}`;
}

/** `VMs tagged fast: only on hosts labelled ssd`. `name` is that of the template or the customer, where the filter is about one. */
export function filterWords(filter: PlacementFilter, name: string): string {
  const who = {
    any: 'All VMs',
    tag: `VMs tagged ${filter.value}`,
    os: `VMs whose system contains “${filter.value}”`,
    template: `VMs from ${name}`,
    customer: `VMs of ${name}`,
  }[filter.subject];
  switch (filter.verb) {
    case 'needs':
      return `${who}: only on hosts labelled ${filter.label}`;
    case 'avoids':
      return `${who}: never on hosts labelled ${filter.label}`;
    case 'reserves':
      return `${who}: alone on hosts labelled ${filter.label}, which take no others`;
  }
}
