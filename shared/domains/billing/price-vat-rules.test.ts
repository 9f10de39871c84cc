import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDate } from '../../kernel/local-date.ts';
import { creditOf, type CreditableLine } from './credit-rules.ts';
import { documentTotals, vatOfMinor, type LineAmounts } from './invoice-rules.ts';
import { netInMinor, netsInMinor, rateInPrice, vatInMinor } from './price-vat-rules.ts';

const anyRate = fc.constantFrom('0', '5', '7.7', '19', '21', '23', '25.5', '27');
const anyGross = fc.bigInt({ min: -100_000n, max: 10_000_000n });

describe('a price with VAT in it', () => {
  it.each([
    [12_300n, '23', 10_000n],
    [12_100n, '21', 10_000n],
    [999n, '23', 812n],
    // No net comes to 0.03 at 23 %: 0.02 has no VAT, 0.03 has 0.01.
    [3n, '23', 2n],
    [-12_300n, '23', -10_000n],
    [500n, '0', 500n],
  ])('of %s at %s per cent has a net of %s', (gross, rate, net) => {
    expect(netInMinor(gross, rate)).toBe(net);
  });

  it('has the VAT of BR-CO-17 wherever a net comes to it, else within a cent', () => {
    fc.assert(
      fc.property(anyGross, anyRate, (gross, rate) => {
        const vat = vatInMinor(gross, rate);
        const offBy = vatOfMinor(gross - vat, rate) - vat;
        expect(offBy >= -1n && offBy <= 1n).toBe(true);
        const strict = [-1n, 0n, 1n]
          .map((by) => gross - vat + by)
          .find((net) => net + vatOfMinor(net, rate) === gross);
        if (strict !== undefined) expect(gross - vat).toBe(strict);
      }),
    );
  });

  it('is what the customer pays to the cent, whatever lines it is on, and lines add up', () => {
    fc.assert(
      fc.property(fc.array(anyGross, { minLength: 1, maxLength: 20 }), anyRate, (grosses, rate) => {
        const lines = withVat(grosses, rate);
        const totals = documentTotals(lines);
        const sum = grosses.reduce((all, gross) => all + gross, 0n);
        expect(totals.grossMinor).toBe(sum);
        expect(totals.netMinor).toBe(netInMinor(sum, rate));
        for (const { netMinor, grossMinor } of lines) {
          const offBy = (grossMinor ?? 0n) - netMinor - vatInMinor(grossMinor ?? 0n, rate);
          expect(offBy >= -1n && offBy <= 1n).toBe(true);
        }
      }),
    );
  });

  it('stands beside prices without on one document, whose VAT is within a cent of its base times the rate', () => {
    fc.assert(
      fc.property(fc.array(anyGross), fc.array(anyGross), anyRate, (grosses, nets, rate) => {
        const added = nets.map((netMinor): LineAmounts => ({ netMinor, vatCategory: 'S', vatRate: rate }));
        const totals = documentTotals([...withVat(grosses, rate), ...added]);
        expect(totals.netMinor + totals.vatMinor).toBe(totals.grossMinor);
        const offBy = totals.vatMinor - vatOfMinor(totals.netMinor, rate);
        expect(offBy >= -1n && offBy <= 1n).toBe(true);
      }),
    );
  });

  it('is credited in parts to the cent, and never beyond', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 1n, max: 99_999n }), { minLength: 1, maxLength: 4 }),
        anyRate,
        fc.array(fc.tuple(fc.nat(3), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 8 }),
        (grosses, rate, parts) => {
          const lines: CreditableLine[] = withVat(grosses, rate).map((line, at) => ({
            ...line,
            lineNo: at + 1,
            creditedMinor: 0n,
          }));
          let credited = 0n;
          const total = documentTotals(lines).grossMinor;
          const credit = (asked: ReadonlyMap<number, bigint> | 'all-left'): void => {
            const made = creditOf(lines, asked);
            if ('fault' in made) return;
            credited -= made.grossMinor;
            expect(credited <= total).toBe(true);
            for (const { lineNo, netMinor } of made.lines) {
              const line = lines[lineNo - 1]!;
              lines[lineNo - 1] = { ...line, creditedMinor: line.creditedMinor - netMinor };
            }
          };
          for (const [at, share] of parts) {
            const line = lines[at % lines.length]!;
            const part = Math.floor(Number(line.netMinor - line.creditedMinor) * share);
            credit(new Map([[line.lineNo, BigInt(part)]]));
          }
          credit('all-left');
          expect(credited).toBe(total);
        },
      ),
    );
  });

  it.each([
    [{ ok: true, category: 'S', rate: '19', note: 'one-stop-shop' }, 'standard', '19'],
    [{ ok: true, category: 'AE', rate: '0', note: 'reverse-charge' }, 'standard', '23'],
    [{ ok: true, category: 'O', rate: '0', note: 'outside-eu' }, 'exempt', '0'],
    [{ ok: false, reason: 'no VAT id' }, 'standard', '23'],
  ] as const)('for %j of a seller who is %s has %s per cent in it', (treatment, scheme, rate) => {
    const seller = { country: 'PL', vatId: 'PL1', scheme };
    expect(rateInPrice(treatment, seller, localDate('2026-10-01'))).toBe(rate);
  });
});

function withVat(grosses: readonly bigint[], vatRate: string): LineAmounts[] {
  const nets = netsInMinor(grosses, vatRate);
  return grosses.map((grossMinor, at) => ({
    netMinor: nets[at] ?? 0n,
    grossMinor,
    vatCategory: 'S',
    vatRate,
  }));
}
