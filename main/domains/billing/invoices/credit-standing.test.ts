import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { creditOf, type CreditableLine } from '../../../../shared/domains/billing/credit-rules.ts';
import { netInMinor } from '../../../../shared/domains/billing/price-vat-rules.ts';
import { leftWithout, matchRepairs, type RepairRow } from './credit-standing.ts';

/** A line of 23 % in its price, which is all taken back by these repairs, in this order. */
interface TakenBack {
  readonly gross: bigint;
  readonly repairs: readonly bigint[];
}

/** Parts of at least ten: what a cent is of has a net of none. */
const takenBack = fc
  .array(fc.bigInt({ min: 10n, max: 3000n }), { minLength: 1, maxLength: 4 })
  .map((repairs): TakenBack => ({
    gross: repairs.reduce((sum, counted) => sum + counted, 0n),
    repairs,
  }));

const lineOf = (gross: bigint): CreditableLine => ({
  lineNo: 1,
  netMinor: netInMinor(gross, '23'),
  grossMinor: gross,
  vatCategory: 'S',
  vatRate: '23',
  creditedMinor: 0n,
  rated: { charge: 'origin', chargedMinor: gross },
});

const rowOf = (counted: bigint, at: number): RepairRow => ({
  id: `repair_${at}`,
  subscription_id: 'sub',
  reason: `fee repair ${at}`,
  amount_minor: -Number(netInMinor(counted, '23')),
  gross_minor: -Number(counted),
  line: JSON.stringify({
    reason: 'repair',
    planId: 'plan',
    planVersion: 'version',
    from: '2024-09-01',
    toExclusive: '2024-10-01',
    of: 'sub fee',
  }),
  posted_at_ms: at,
});

function matched(line: CreditableLine, rows: readonly RepairRow[]): ReturnType<typeof matchRepairs> {
  return matchRepairs([line], { rows, origins: new Map(rows.map(({ id }) => [id, 'origin'])) });
}

const netOf = (found: ReturnType<typeof matchRepairs>): bigint =>
  found.reduce((sum, { repair }) => sum + repair.netMinor, 0n);

describe('repairs of a price with VAT in it', () => {
  it('that took all of it back are settled together, and come to its whole net', () => {
    fc.assert(
      fc.property(takenBack, ({ gross, repairs }) => {
        const line = lineOf(gross);
        const found = matched(line, repairs.map(rowOf));
        expect(found).toHaveLength(repairs.length);
        expect(netOf(found)).toBe(line.netMinor);
      }),
    );
  });

  it('can each be credited by itself, though nothing is left of the charge beside the others', () => {
    fc.assert(
      fc.property(takenBack, ({ gross, repairs }) => {
        const line = lineOf(gross);
        for (const row of repairs.map(rowOf)) {
          const found = matched(line, [row]);
          const left = leftWithout(
            new Map([['origin', 0n]]),
            [line],
            found.map(({ repair }) => repair),
          );
          const credit = creditOf([line], new Map([[1, netOf(found)]]), left);
          expect(credit).not.toHaveProperty('fault');
        }
      }),
    );
  });
});
