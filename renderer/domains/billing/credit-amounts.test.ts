import { expect, it } from 'vitest';
import { creditLines, netFault } from './credit-amounts.ts';

const left = [
  { lineNo: 1, left: { amountMinor: '31000', currency: 'EUR' } },
  { lineNo: 2, left: { amountMinor: '0', currency: 'EUR' } },
  { lineNo: 3, left: { amountMinor: '-500', currency: 'EUR' } },
] as const;

it.each([
  ['nothing typed: all that is left', {}, undefined],
  ['what is left, typed', { 1: '310.00' }, undefined],
  [
    'a part of a line',
    { 1: '10' },
    [
      { lineNo: 1, netMinor: '1000' },
      { lineNo: 3, netMinor: '-500' },
    ],
  ],
  ['one line alone', { 3: '0' }, [{ lineNo: 1, netMinor: '31000' }]],
  ['something that is no amount', { 1: 'ten' }, 'unclear'],
])('%s', (_what, typed, asked) => {
  expect(creditLines(left, typed)).toEqual(asked);
});

it('an amount that can be read in two ways is credited in neither', () => {
  expect(netFault('1,500', left[0].left)).toMatch(/can be 1500/);
  expect(creditLines(left, { 1: '1,500' })).toBe('unclear');
});

it('nothing of any line is nothing to credit, not all of it', () => {
  expect(creditLines(left, { 1: '0', 3: '0' })).toEqual([]);
});

it('asks for what is typed where all that is left is more than the lines say', () => {
  const [line] = left;
  if (line === undefined) throw new Error('there is a line');
  const whole = (Number(line.left.amountMinor) / 100).toFixed(2);
  expect(creditLines([line], { [line.lineNo]: whole }, true)).toEqual([
    { lineNo: line.lineNo, netMinor: line.left.amountMinor },
  ]);
  expect(creditLines([line], {}, true)).toBeUndefined();
});
