import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentTotals, vatOfMinor, type LineAmounts } from './invoice-rules.ts';

const line = (
  netMinor: bigint,
  vatRate: string,
  vatCategory: LineAmounts['vatCategory'] = 'S',
): LineAmounts => ({
  netMinor,
  vatCategory,
  vatRate,
});

describe('totals of a document', () => {
  it.each([
    ['nothing', [], 0n, 0n, 0n],
    ['one line', [line(10_000n, '23')], 10_000n, 2300n, 12_300n],
    ['the sum is taxed, not the lines', [line(10n, '23'), line(10n, '23'), line(10n, '23')], 30n, 7n, 37n],
    ['half a cent is rounded up', [line(50n, '21')], 50n, 11n, 61n],
    ['a credit is rounded away from zero too', [line(-50n, '21')], -50n, -11n, -61n],
    ['two rates', [line(265_383n, '23'), line(4900n, '5')], 270_283n, 61_283n, 331_566n],
    ['a rate with decimals', [line(10_000n, '25.5')], 10_000n, 2550n, 12_550n],
    ['reverse charge', [line(10_000n, '0', 'AE')], 10_000n, 0n, 10_000n],
  ] as const)('%s', (_what, lines, netMinor, vatMinor, grossMinor) => {
    expect(documentTotals(lines)).toMatchObject({ netMinor, vatMinor, grossMinor });
  });

  it('groups by category and rate, lowest rate first', () => {
    const totals = documentTotals([line(1n, '23'), line(2n, '5'), line(3n, '0', 'AE'), line(4n, '23')]);
    expect(totals.vat.map((group) => [group.vatCategory, group.vatRate, group.baseMinor])).toEqual([
      ['AE', '0', 3n],
      ['S', '5', 2n],
      ['S', '23', 5n],
    ]);
  });

  const lineArbitrary = fc
    .tuple(
      fc.bigInt({ min: -10_000_000n, max: 10_000_000n }),
      fc.constantFrom('0', '5', '19', '23', '25.5', '27'),
    )
    .map(([netMinor, rate]) => line(netMinor, rate));

  it('foots: bases sum to net, VAT of each base is the rate, gross is the sum, the order of lines is irrelevant', () => {
    fc.assert(
      fc.property(fc.array(lineArbitrary, { maxLength: 60 }), (lines) => {
        const totals = documentTotals(lines);
        expect(totals.vat.reduce((sum, group) => sum + group.baseMinor, 0n)).toBe(totals.netMinor);
        expect(totals.grossMinor).toBe(totals.netMinor + totals.vatMinor);
        for (const group of totals.vat) {
          expect(group.vatMinor).toBe(vatOfMinor(group.baseMinor, group.vatRate));
          const exactTenThousandths = group.baseMinor * BigInt(Math.round(Number(group.vatRate) * 100));
          const off = group.vatMinor * 10_000n - exactTenThousandths;
          expect(off <= 5000n && off >= -5000n).toBe(true);
        }
        expect(documentTotals(lines.toReversed())).toEqual(totals);
      }),
    );
  });
});
