import type { DocumentLine } from '../billing/billing-public.ts';

/** What a line is of, whichever month it is in: the same of two invoices can be compared. */
export function lineKey(line: DocumentLine): string {
  return [line.subscriptionId, line.component, line.part ?? ''].join('\u0000');
}

export interface LineChange {
  readonly key: string;
  readonly now: readonly DocumentLine[];
  readonly before: readonly DocumentLine[];
  readonly nowMinor: bigint;
  readonly beforeMinor: bigint;
}

/** Lines of now and before by what they are of, the largest change first. */
export function changesByLine(now: readonly DocumentLine[], before: readonly DocumentLine[]): LineChange[] {
  const nowBy = Map.groupBy(now, lineKey);
  const beforeBy = Map.groupBy(before, lineKey);
  const changes = [...new Set([...nowBy.keys(), ...beforeBy.keys()])].map((key) => {
    const ours = nowBy.get(key) ?? [];
    const theirs = beforeBy.get(key) ?? [];
    return { key, now: ours, before: theirs, nowMinor: sumOf(ours), beforeMinor: sumOf(theirs) };
  });
  return changes.toSorted((a, b) => Number(sizeOf(b) - sizeOf(a)));
}

/** `Traffic of acct-4812 +380.00`: what makes most of the difference. */
export function mostOfIt(changes: readonly LineChange[]): string {
  const [most] = changes;
  const line = most?.now[0] ?? most?.before[0];
  if (most === undefined || line === undefined || most.nowMinor === most.beforeMinor) return '';
  const of = line.vm === '' ? line.plan : line.vm;
  const change = most.nowMinor - most.beforeMinor;
  return `${line.part ?? line.component} of ${of} ${change > 0n ? '+' : '−'}${decimal(sizeOf(most))}`;
}

function sumOf(lines: readonly DocumentLine[]): bigint {
  return lines.reduce((sum, { netMinor }) => sum + BigInt(netMinor), 0n);
}

function sizeOf({ nowMinor, beforeMinor }: Pick<LineChange, 'nowMinor' | 'beforeMinor'>): bigint {
  return nowMinor > beforeMinor ? nowMinor - beforeMinor : beforeMinor - nowMinor;
}

/** All our currencies have two digits. */
function decimal(minor: bigint): string {
  const text = minor.toString().padStart(3, '0');
  return `${text.slice(0, -2)}.${text.slice(-2)}`;
}
