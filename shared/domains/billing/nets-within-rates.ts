import type { CreditableLine, LeftOfCharges } from './credit-rules.ts';
import { vatKey } from './vat-key-rules.ts';

/**
 * Nets to credit of an invoice, by line number, with as much of the repairs on it as must go with them so that no rate is credited beyond its
 * base: what an invoice charges less a repair of an earlier one is no more than that together. What so is not given back here of what the
 * earlier invoice charged is given back there: rating, which is told, repairs it again.
 *
 * Repairs of what the invoice charges itself never have to go: nobody takes more back of a charge than those left of it. Nor does what a person
 * took off by hand, nor usage that came to less: who would give that again?
 */
export function netsWithinRates(
  lines: readonly CreditableLine[],
  nets: ReadonlyMap<number, bigint>,
  leftOf: LeftOfCharges,
): ReadonlyMap<number, bigint> {
  const charged = new Set(
    lines.flatMap(({ rated, netMinor }) => (rated === undefined || netMinor <= 0n ? [] : [rated.charge])),
  );
  const all = new Map(nets);
  for (const group of Map.groupBy(lines, vatKey).values()) {
    let over = overBase(group, nets);
    for (const { lineNo, netMinor, creditedMinor, rated } of group) {
      if (over <= 0n) break;
      if (netMinor >= 0n || rated === undefined || charged.has(rated.charge)) continue;
      // Below 0 is left of what took off by itself, and is no repair of anything.
      if ((leftOf.get(rated.charge) ?? -1n) < 0n) continue;
      const leftMinor = creditedMinor - netMinor;
      const takenMinor = leftMinor < over ? leftMinor : over;
      if (takenMinor <= 0n) continue;
      all.set(lineNo, (nets.get(lineNo) ?? 0n) - takenMinor);
      over -= takenMinor;
    }
  }
  return all;
}

/** How much more these nets take of a rate than is left of it; of one that is below zero nothing can be taken. */
function overBase(group: readonly CreditableLine[], nets: ReadonlyMap<number, bigint>): bigint {
  const leftMinor = group.reduce((sum, line) => sum + line.netMinor - line.creditedMinor, 0n);
  const nowMinor = group.reduce((sum, { lineNo }) => sum + (nets.get(lineNo) ?? 0n), 0n);
  return leftMinor > 0n ? nowMinor - leftMinor : nowMinor;
}
