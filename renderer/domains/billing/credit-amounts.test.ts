import { expect, it } from 'vitest';
import { creditLines, typedMinor } from './credit-amounts.ts';

it.each([
  ['12.5', 1250n],
  ['12,50', 1250n],
  [' 0 ', 0n],
  ['-3', -300n],
  ['12.345', undefined],
  ['', undefined],
  ['1e3', undefined],
])('%j is %s', (text, minor) => {
  expect(typedMinor(text, 'EUR')).toBe(minor);
});

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

it('nothing of any line is nothing to credit, not all of it', () => {
  expect(creditLines(left, { 1: '0', 3: '0' })).toEqual([]);
});
