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

function sumOf(lines: readonly DocumentLine[]): bigint {
  return lines.reduce((sum, { netMinor }) => sum + BigInt(netMinor), 0n);
}

function sizeOf({ nowMinor, beforeMinor }: Pick<LineChange, 'nowMinor' | 'beforeMinor'>): bigint {
  return nowMinor > beforeMinor ? nowMinor - beforeMinor : beforeMinor - nowMinor;
}
