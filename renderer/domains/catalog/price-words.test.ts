import { expect, test } from 'vitest';
import { formatPrice, formatQuantity, monthExampleMinor, priceWords } from './price-words.ts';

test.each([
  ['0', '0.00'],
  ['310', '310.00'],
  ['12.5', '12.50'],
  ['0.0125', '0.0125'],
  ['0.0120', '0.012'],
  ['1234567.1', '1,234,567.10'],
  ['0012', '12.00'],
])('%s reads %s', (price, words) => {
  expect(formatPrice(price)).toBe(words);
});

test.each([
  [
    { perMonth: '310', perVcpuHour: '0.0125', perGibHour: '0.004' },
    '310.00 a month, 0.0125 per vCPU-hour, 0.004 per GiB-hour',
  ],
  [{ perMonth: '9.9', perVcpuHour: '0', perGibHour: '0.000' }, '9.90 a month'],
  [{ perMonth: '0', perVcpuHour: '0.01', perGibHour: '0' }, '0.01 per vCPU-hour'],
  [{ perMonth: '0', perVcpuHour: '0', perGibHour: '0' }, 'free of charge'],
])('prices in words %#', (price, words) => {
  expect(priceWords(price)).toBe(words);
});

test.each([
  // 100 + 0.0125 × 1,488 + 0.0125 × 2,976 = 100 + 18.60 + 37.20
  [{ perMonth: '100', perVcpuHour: '0.0125', perGibHour: '0.0125' }, 2n, 4n, 15_580n],
  [{ perMonth: '9.90', perVcpuHour: '0', perGibHour: '0' }, 2n, 4n, 990n],
  // 0.00001 × 744 = 0.00744: each component is rounded by itself, so two of them are still 0.02
  [{ perMonth: '0', perVcpuHour: '0.00001', perGibHour: '0.00001' }, 1n, 1n, 2n],
])('a month of 31 days %#', (price, vcpus, memoryGib, expected) => {
  expect(monthExampleMinor({ currency: 'EUR', ...price }, { vcpus, memoryGib })).toBe(expected);
});

test.each([
  ['27/31', '27/31'],
  ['1298', '1,298'],
  ['743.516667', '743.516667'],
  ['1234567.123456', '1,234,567.123456'],
  ['1', '1'],
])('%s reads %s', (quantity, words) => {
  expect(formatQuantity(quantity)).toBe(words);
});
