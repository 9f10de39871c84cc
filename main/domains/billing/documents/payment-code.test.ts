import { describe, expect, it } from 'vitest';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import { money } from '../../../../shared/kernel/money.ts';
import { paymentCode, type PaymentRequest } from './payment-code.ts';

const request: PaymentRequest = {
  payee: 'Zajazd Hosting sp. z o.o.',
  iban: 'PL61109010140000071219812874',
  bic: 'WBKPPLPP',
  amount: money(331_566n, 'EUR'),
  reference: 'FV 2026/09/024117',
  dueOn: localDate('2026-09-15'),
};

describe('the text of a payment code', () => {
  it.each([
    [
      'euro: EPC',
      {},
      'BCD\n002\n1\nSCT\nWBKPPLPP\nZajazd Hosting sp. z o.o.\nPL61109010140000071219812874\nEUR3315.66\n\n\nFV 2026/09/024117',
    ],
    [
      'euro without a BIC',
      { bic: '', amount: money(5n, 'EUR') },
      'BCD\n002\n1\nSCT\n\nZajazd Hosting sp. z o.o.\nPL61109010140000071219812874\nEUR0.05\n\n\nFV 2026/09/024117',
    ],
    [
      'koruna: SPAYD',
      { iban: 'CZ6508000000192000145399', bic: '', amount: money(123_450n, 'CZK') },
      'SPD*1.0*ACC:CZ6508000000192000145399*AM:1234.50*CC:CZK*DT:20260915*RN:Zajazd Hosting sp. z o.o.*MSG:FV 2026/09/024117',
    ],
    [
      'koruna with a variable symbol',
      { iban: 'CZ6508000000192000145399', bic: '', amount: money(100n, 'CZK'), variableSymbol: '2026080042' },
      'SPD*1.0*ACC:CZ6508000000192000145399*AM:1.00*CC:CZK*DT:20260915*RN:Zajazd Hosting sp. z o.o.*MSG:FV 2026/09/024117*X-VS:2026080042',
    ],
    [
      'koruna with a BIC, an asterisk and a per cent sign',
      { iban: 'CZ6508000000192000145399', bic: 'GIBACZPX', amount: money(100n, 'CZK'), payee: 'A*B 5%' },
      'SPD*1.0*ACC:CZ6508000000192000145399+GIBACZPX*AM:1.00*CC:CZK*DT:20260915*RN:A%2AB 5%25*MSG:FV 2026/09/024117',
    ],
    [
      'złoty: the code of the Polish banks',
      { amount: money(331_566n, 'PLN') },
      '|PL|61109010140000071219812874|331566|Zajazd Hosting sp. z|FV 2026/09/024117|||',
    ],
    [
      'złoty with a bar in the name',
      { amount: money(5n, 'PLN'), payee: 'A|B' },
      '|PL|61109010140000071219812874|000005|A B|FV 2026/09/024117|||',
    ],
  ] satisfies [string, Partial<PaymentRequest>, string][])('%s', (_what, fields, text) => {
    expect(paymentCode({ ...request, ...fields })).toBe(text);
  });

  it.each([
    ['nothing to pay', { amount: money(0n, 'EUR') }],
    ['a credit', { amount: money(-100n, 'EUR') }],
    ['a currency without a code', { amount: money(100n, 'HUF') }],
    ['koruna to an account elsewhere', { amount: money(100n, 'CZK') }],
    ['złoty to an account elsewhere', { amount: money(100n, 'PLN'), iban: 'DE89370400440532013000' }],
    ['more złoty than six digits hold', { amount: money(1_000_000n, 'PLN') }],
    ['more euro than the code can carry', { amount: money(100_000_000_000n, 'EUR') }],
  ] satisfies [string, Partial<PaymentRequest>][])('there is none for %s', (_what, fields) => {
    expect(paymentCode({ ...request, ...fields })).toBeUndefined();
  });
});
