import { HOUR_MS, LONGEST_GAP_MS } from './usage-accrual.ts';

/**
 * What is counted of a VM beside the time it is on, as arithmetic alone, between the same marks and sights (usage-accrual.ts):
 *
 * - the size of its disks for all the time between a mark and a sight, on or off: they are there all the while;
 * - what its network interfaces sent, by the host's own counters. They begin with a boot, and are compared within the boot they were counted
 *   in last, whatever was seen between. Of another boot all is counted where it provably began after the mark, else from this sight on. A
 *   counter that fell (an interface was taken out) counts nothing and is the next to compare with: rather too little than anything twice;
 * - the addresses it has while it is on, as the highest number in an hour.
 */
export interface Holdings {
  readonly diskMib: number;
  readonly addresses: number;
  /** Boot whose counter was seen last, and what it said; null: no counter was seen yet. */
  readonly sentBoot: string;
  readonly sentBytes: number | null;
}

/** What a sight shows; `sentBytes` undefined: the host did not say. */
export interface HoldingsSeen {
  readonly atMs: number;
  readonly powered: boolean;
  readonly boot: string;
  readonly diskMib: number;
  readonly addresses: number;
  readonly sentBytes: number | undefined;
  /** When this boot began; undefined: not known. */
  readonly startedAtMs: number | undefined;
}

interface HoldingsMark extends Holdings {
  readonly atMs: number;
  readonly powered: boolean;
}

export interface HoldingsSlice {
  /** Beginning of the hour, UTC, epoch milliseconds. */
  readonly hourAtMs: number;
  readonly diskMibMs: number;
  readonly sentBytes: number;
  readonly addresses: number;
}

/** What a VM held and sent between its mark and this sight, by hour; hours of nothing are left out. */
export function accrueHoldings(mark: HoldingsMark, seen: HoldingsSeen): HoldingsSlice[] {
  const gapMs = seen.atMs - mark.atMs;
  if (gapMs <= 0 || gapMs > LONGEST_GAP_MS) return [];
  const sentBytes = sentSince(mark, seen);
  const addresses = mark.powered ? mark.addresses : 0;
  if (mark.diskMib === 0 && sentBytes === 0 && addresses === 0) return [];
  const slices: HoldingsSlice[] = [];
  let told = 0;
  for (let at = mark.atMs; at < seen.atMs;) {
    const hourAtMs = Math.floor(at / HOUR_MS) * HOUR_MS;
    const end = Math.min(hourAtMs + HOUR_MS, seen.atMs);
    // By the time that has passed, less what was told: the parts come to the whole.
    const until = Math.floor(sentBytes * ((end - mark.atMs) / gapMs));
    const soFar = end === seen.atMs ? sentBytes : until;
    slices.push({
      hourAtMs,
      diskMibMs: (end - at) * mark.diskMib,
      sentBytes: soFar - told,
      addresses,
    });
    told = soFar;
    at = end;
  }
  return slices;
}

function sentSince(mark: HoldingsMark, seen: HoldingsSeen): number {
  const { boot, sentBytes, startedAtMs } = seen;
  if (!seen.powered || sentBytes === undefined) return 0;
  if (boot === mark.sentBoot && mark.sentBytes !== null) return Math.max(0, sentBytes - mark.sentBytes);
  return startedAtMs !== undefined && startedAtMs >= mark.atMs ? sentBytes : 0;
}

/** What the mark after a sight holds. */
export function holdingsAfter(mark: Holdings | undefined, seen: HoldingsSeen): Holdings {
  const { diskMib, addresses } = seen;
  const isTold = seen.powered && seen.sentBytes !== undefined;
  return {
    diskMib,
    addresses,
    sentBoot: isTold ? seen.boot : (mark?.sentBoot ?? ''),
    sentBytes: isTold ? (seen.sentBytes ?? null) : (mark?.sentBytes ?? null),
  };
}

/** Whether what a sight shows may wait for a later one: nothing would be counted otherwise then. */
export function mayHoldingsWait(mark: Holdings, seen: HoldingsSeen): boolean {
  if (mark.diskMib !== seen.diskMib || mark.addresses !== seen.addresses) return false;
  if (!seen.powered || seen.sentBytes === undefined) return true;
  return mark.sentBytes !== null && mark.sentBoot === seen.boot && seen.sentBytes >= mark.sentBytes;
}

/** Number of addresses by which a guest is reached: those that hold within its own wire alone are not counted. */
export function addressCount(nics: readonly { readonly addresses: readonly string[] }[]): number {
  const found = new Set<string>();
  for (const nic of nics) {
    for (const address of nic.addresses)
      if (!/^(fe[89ab][0-9a-f]:|169\.254\.)/i.test(address)) found.add(address);
  }
  return found.size;
}
