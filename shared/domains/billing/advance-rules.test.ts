import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advancePart, restOf, settledOf, type Advance } from './advance-rules.ts';
import { documentTotals, type LineAmounts } from './invoice-rules.ts';
import { vatInMinor } from './price-vat-rules.ts';

const S = 'S' as const;
const advance = (grossMinor: bigint, vatRate = '23', takenMinor = 0n): Advance => ({
  vatCategory: S,
  vatRate,
  grossMinor,
  takenMinor,
});
const supplied = (...lines: readonly (readonly [net: bigint, rate: string])[]): LineAmounts[] =>
  lines.map(([netMinor, vatRate]) => ({ netMinor, vatRate, vatCategory: S }));

const anyRate = fc.constantFrom('5', '8', '12', '19', '21', '23', '27');
const anyGross = fc.bigInt({ min: 1n, max: 5_000_000n });

describe('what an invoice settles of advances', () => {
  it.each([
    ['one within it', [[10_000n, '23']], [advance(6150n)], [[6150n, 1150n]], [[5000n, 1150n]]],
    ['one that is more than it', [[10_000n, '23']], [advance(20_000n)], [[12_300n, 2300n]], [[0n, 0n]]],
    [
      'what is left of one',
      [[10_000n, '23']],
      [advance(6150n, '23', 6000n)],
      [[150n, 28n]],
      [[9878n, 2272n]],
    ],
    // 3 × 1.11 at 23 %: 0.21 each, 0.63 together, and 0.62 in 3.33: the cent is in the rest, too.
    [
      'several, whose rounding is in the rest',
      [[271n, '23']],
      [advance(111n), advance(111n), advance(111n)],
      [
        [111n, 21n],
        [111n, 21n],
        [111n, 21n],
      ],
      [[1n, -1n]],
    ],
    ['one of another rate', [[10_000n, '8']], [advance(6150n)], [], [[10_000n, 800n]]],
    [
      'those of two rates, each of its own',
      [
        [10_000n, '8'],
        [10_000n, '23'],
      ],
      [advance(20_000n, '8'), advance(6150n)],
      [
        [10_800n, 800n],
        [6150n, 1150n],
      ],
      [
        [0n, 0n],
        [5000n, 1150n],
      ],
    ],
    [
      'no more than all of it, where it takes back at another rate',
      [
        [10_000n, '23'],
        [-5000n, '8'],
      ],
      [advance(12_300n)],
      [[6900n, 1290n]],
      [
        [-5000n, -400n],
        [4390n, 1010n],
      ],
    ],
    [
      'none, where what is taken back is more',
      [[-10_000n, '23']],
      [advance(6150n)],
      [],
      [[-10_000n, -2300n]],
    ],
  ] as const)('%s', (_what, lines, advances, settled, rest) => {
    const { vat } = documentTotals(supplied(...lines));
    const found = settledOf(vat, advances);
    expect(found.map(({ grossMinor, vatMinor }) => [grossMinor, vatMinor])).toEqual(settled);
    const parts = found.map((part) => ({ ...part.advance, ...part }));
    expect(restOf(vat, parts).map(({ baseMinor, vatMinor }) => [baseMinor, vatMinor])).toEqual(rest);
  });

  it('and the rest are the whole supply, rate by rate, and never more than an advance or the invoice', () => {
    const lines = fc.array(fc.tuple(fc.bigInt({ min: -1_000_000n, max: 3_000_000n }), anyRate), {
      minLength: 1,
      maxLength: 6,
    });
    const advances = fc.array(fc.tuple(anyGross, anyRate, fc.double({ min: 0, max: 1, noNaN: true })), {
      maxLength: 6,
    });
    const orNone = (minor: bigint): bigint => (minor > 0n ? minor : 0n);
    fc.assert(
      fc.property(lines, advances, (nets, paid) => {
        const { vat, grossMinor: whole } = documentTotals(supplied(...nets));
        const open = paid.map(([gross, rate, taken]) =>
          advance(gross, rate, BigInt(Math.floor(Number(gross) * taken))),
        );
        const settled = settledOf(vat, open);
        const rest = restOf(
          vat,
          settled.map((part) => ({ ...part.advance, ...part })),
        );
        for (const [at, group] of vat.entries()) {
          const mine = settled.filter(({ advance: { vatRate } }) => vatRate === group.vatRate);
          const sum = (of: (part: (typeof mine)[number]) => bigint): bigint =>
            mine.reduce((total, part) => total + of(part), 0n);
          expect(sum((part) => part.vatMinor) + (rest[at]?.vatMinor ?? 0n)).toBe(group.vatMinor);
          expect(sum((part) => part.netMinor) + (rest[at]?.baseMinor ?? 0n)).toBe(group.baseMinor);
          expect(sum((part) => part.grossMinor) <= orNone(group.baseMinor + group.vatMinor)).toBe(true);
        }
        expect(settled.reduce((sum, part) => sum + part.grossMinor, 0n) <= orNone(whole)).toBe(true);
        for (const part of settled)
          expect(part.grossMinor <= part.advance.grossMinor - part.advance.takenMinor).toBe(true);
      }),
    );
  });

  it('comes to an advance to the cent, however it is taken in parts', () => {
    fc.assert(
      fc.property(
        anyGross,
        anyRate,
        fc.array(fc.bigInt({ min: 1n, max: 900_000n })),
        (gross, rate, parts) => {
          let of = advance(gross, rate);
          let vat = 0n;
          for (const wanted of [...parts, gross]) {
            const left = of.grossMinor - of.takenMinor;
            const part = advancePart(of, wanted < left ? wanted : left);
            expect(part.vatMinor >= 0n && part.netMinor >= 0n).toBe(true);
            vat += part.vatMinor;
            of = { ...of, takenMinor: of.takenMinor + part.grossMinor };
          }
          expect(of.takenMinor).toBe(gross);
          expect(vat).toBe(vatInMinor(gross, rate));
        },
      ),
    );
  });
});
