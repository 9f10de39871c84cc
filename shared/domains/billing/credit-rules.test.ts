import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { creditOf, type CreditableLine } from './credit-rules.ts';
import { documentTotals } from './invoice-rules.ts';

const line = (lineNo: number, netMinor: bigint, creditedMinor = 0n, vatRate = '23'): CreditableLine => ({
  lineNo,
  netMinor,
  creditedMinor,
  vatCategory: vatRate === '0' ? 'AE' : 'S',
  vatRate,
});

describe('a credit', () => {
  it('of all that is left undoes the invoice to the cent', () => {
    const lines = [line(1, 31_000n), line(2, 1_800n), line(3, 1_152n), line(4, 5_000n, 0n, '0')];
    const totals = documentTotals(lines);
    expect(creditOf(lines, 'all-left')).toMatchObject({
      netMinor: -totals.netMinor,
      vatMinor: -totals.vatMinor,
      grossMinor: -totals.grossMinor,
    });
  });

  it('of parts of one cent each never has more VAT than the whole: 23 parts of 100 at 5 %', () => {
    let credited = 0n;
    let vat = 0n;
    for (let part = 0; part < 100; part++) {
      const made = creditOf([line(1, 100n, credited, '5')], new Map([[1, 1n]]));
      if ('fault' in made) throw new Error(made.fault);
      credited += 1n;
      vat += made.vatMinor;
      expect(-vat).toBeLessThanOrEqual(5n);
    }
    expect(vat).toBe(-5n);
  });

  it.each([
    ['a line that is not there', new Map([[9, 1n]]), { fault: 'no-such-line', lineNo: 9 }],
    ['more than a line', new Map([[1, 101n]]), { fault: 'over-line', lineNo: 1, leftMinor: 100n }],
    ['more than is left of a line', new Map([[2, 41n]]), { fault: 'over-line', lineNo: 2, leftMinor: 40n }],
    ['an amount of the other sign', new Map([[1, -1n]]), { fault: 'over-line', lineNo: 1, leftMinor: 100n }],
    ['a discount made larger', new Map([[3, -31n]]), { fault: 'over-line', lineNo: 3, leftMinor: -30n }],
    ['nothing', new Map([[1, 0n]]), { fault: 'nothing-left' }],
  ])('of %s is refused', (_what, asked, fault) => {
    expect(creditOf([line(1, 100n), line(2, 50n, 10n), line(3, -30n)], asked)).toEqual(fault);
  });

  it('of lines without their discount is refused: the rate would be credited beyond its base', () => {
    const asked = new Map([[1, 100n]]);
    expect(creditOf([line(1, 100n), line(2, -30n)], asked)).toEqual({
      fault: 'over-rate',
      vatRate: '23',
      leftMinor: 70n,
    });
  });

  it('has its rates in the order of numbers, as its invoice has', () => {
    const lines = [line(1, 100n, 0n, '23'), line(2, 100n, 0n, '8'), line(3, 100n, 0n, '0')];
    const made = creditOf(lines, 'all-left');
    expect('fault' in made ? made : made.vat.map(({ vatRate }) => vatRate)).toEqual(['0', '8', '23']);
    expect(documentTotals(lines).vat.map(({ vatRate }) => vatRate)).toEqual(['0', '8', '23']);
  });

  it('in any parts comes to the invoice at most, and all parts to the invoice exactly', () => {
    const rates = fc.constantFrom('23', '5', '0', '25.5');
    const nets = fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 99_999n }), rates), {
      minLength: 1,
      maxLength: 5,
    });
    const parts = fc.array(fc.array(fc.nat({ max: 100 }), { minLength: 5, maxLength: 5 }), { maxLength: 6 });
    fc.assert(
      fc.property(nets, parts, (of, shares) => {
        let lines = of.map(([net, rate], at) => line(at + 1, net, 0n, rate));
        const totals = documentTotals(lines);
        let gross = 0n;
        for (const percents of [...shares, undefined]) {
          const asked =
            percents &&
            new Map(
              lines.map((each, at) => [
                each.lineNo,
                ((each.netMinor - each.creditedMinor) * BigInt(percents[at] ?? 0)) / 100n,
              ]),
            );
          const made = creditOf(lines, asked ?? 'all-left');
          if ('fault' in made) {
            expect(made.fault).toBe('nothing-left');
            continue;
          }
          gross += made.grossMinor;
          expect(-gross).toBeLessThanOrEqual(totals.grossMinor);
          const now = new Map(made.lines.map((each) => [each.lineNo, -each.netMinor]));
          lines = lines.map((each) => ({
            ...each,
            creditedMinor: each.creditedMinor + (now.get(each.lineNo) ?? 0n),
          }));
        }
        expect(-gross).toBe(totals.grossMinor);
      }),
    );
  });
});
