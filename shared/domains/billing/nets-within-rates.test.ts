import { expect, it } from 'vitest';
import { creditOf, type CreditableLine } from './credit-rules.ts';
import { netsWithinRates } from './nets-within-rates.ts';

/** `of`: the charge that the line is of, or takes something back of; none by hand. */
const line = (
  lineNo: number,
  netMinor: bigint,
  { of, creditedMinor = 0n, vatRate = '23' }: Partial<CreditableLine> & { readonly of?: string } = {},
): CreditableLine => ({
  lineNo,
  netMinor,
  creditedMinor,
  vatCategory: 'S',
  vatRate,
  ...(of !== undefined && { rated: { charge: of, chargedMinor: netMinor } }),
});

/** After all that was taken back of each. */
const left = new Map([
  ['november', 0n],
  ['september', 40n],
  ['b', 0n],
  ['usage', -60n],
]);
const november = line(1, 100n, { of: 'november' });
const ofSeptember = line(2, -60n, { of: 'september' });

it.each([
  { what: 'what fits', lines: [november, ofSeptember], asked: [[1, 40n]], nets: [[1, 40n]] },
  {
    what: 'a part of the repair with a part of the charge',
    lines: [november, ofSeptember],
    asked: [[1, 50n]],
    nets: [
      [1, 50n],
      [2, -10n],
    ],
  },
  {
    what: 'all of the repair with all of the charge',
    lines: [november, ofSeptember],
    asked: [[1, 100n]],
    nets: [
      [1, 100n],
      [2, -60n],
    ],
  },
  {
    what: 'the rest of both after a part of both, which comes to nothing',
    lines: [
      { ...november, creditedMinor: 50n },
      { ...ofSeptember, creditedMinor: -10n },
    ],
    asked: [[1, 50n]],
    nets: [
      [1, 50n],
      [2, -50n],
    ],
  },
  {
    what: 'of two repairs that of the other charge: its own is less than what it charged',
    lines: [november, line(2, -30n, { of: 'november' }), line(3, -60n, { of: 'september' })],
    asked: [[1, 70n]],
    nets: [
      [1, 70n],
      [3, -60n],
    ],
  },
  {
    what: 'of each rate by itself, one that is below zero too',
    lines: [
      november,
      ofSeptember,
      line(3, 20n, { of: 'a', vatRate: '5' }),
      line(4, -30n, { of: 'b', vatRate: '5' }),
    ],
    asked: [
      [1, 60n],
      [3, 15n],
    ],
    nets: [
      [1, 60n],
      [2, -20n],
      [3, 15n],
      [4, -15n],
    ],
  },
])('credits $what', ({ lines, asked, nets }) => {
  const made = netsWithinRates(lines, new Map(asked as [number, bigint][]), left);
  expect([...made].toSorted(([one], [other]) => one - other)).toEqual(nets);
  expect(creditOf(lines, made)).not.toHaveProperty('fault');
});

it.each([
  ['what a person took off', line(2, -60n)],
  ['what took off by itself', line(2, -60n, { of: 'usage' })],
])('leaves %s where it is, and so what is beyond it refused', (_what, off) => {
  const lines = [november, off];
  const made = netsWithinRates(lines, new Map([[1, 100n]]), left);
  expect(made).toEqual(new Map([[1, 100n]]));
  expect(creditOf(lines, made)).toMatchObject({ fault: 'over-rate', leftMinor: 40n });
});
