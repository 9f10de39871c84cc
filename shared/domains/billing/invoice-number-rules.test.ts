import { describe, expect, it } from 'vitest';
import { localDate } from '../../kernel/local-date.ts';
import { invoiceNumber, invoiceNumberFault, variableSymbol } from './invoice-number-rules.ts';

describe('numbers', () => {
  it.each([
    ['INV {year}/{month}/{seq:4}', '2026-08-31', 42, 'INV 2026/08/0042'],
    ['INV {year}/{month}/{seq:4}', '2026-08-31', 24_117, 'INV 2026/08/24117'],
    ['FV/{seq}/{year}', '2027-01-01', 1, 'FV/1/2027'],
    ['{year}{seq:6}', '2026-12-31', 7, '2026000007'],
    ['{seq:99}-{year}', '2026-12-31', 7, '000000000007-2026'],
  ])('%s on %s as number %i is %s', (format, day, seq, number) => {
    expect(invoiceNumber(format, localDate(day), seq)).toBe(number);
  });

  it.each([
    ['INV 2026/08/0042', '2026080042'],
    ['0042/2026', '422026'],
    ['FV 2026/08/24117', undefined],
    ['INV 0000', undefined],
  ])('the variable symbol of %s is %s', (number, symbol) => {
    expect(variableSymbol(number)).toBe(symbol);
  });

  it.each([
    ['INV {year}/{month}/{seq:4}', undefined],
    ['{seq}/{year}', undefined],
    ['INV {seq}', /lacks \{year\}/],
    ['INV {year}', /lacks \{seq\}/],
    ['INV {year}/{seq}/{day}', /has \{day\}/],
    ['INV {year}/{seq:abc}', /has \{seq:abc\}/],
  ])('%s: %s', (format, fault) => {
    const found = invoiceNumberFault(format);
    if (fault === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(fault);
  });
});
