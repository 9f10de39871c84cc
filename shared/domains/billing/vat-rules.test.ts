import { describe, expect, it } from 'vitest';
import { localDate } from '../../kernel/local-date.ts';
import { EU_COUNTRIES } from '../customers/vat-id-rules.ts';
import { vatNote } from './vat-notes.ts';
import { standardVatRate } from './vat-rates.ts';
import { vatTreatment } from './vat-rules.ts';

const company = 'company' as const;
const person = 'person' as const;

describe('treatment', () => {
  it.each([
    ['a company at home', 'PL', company, 'PL', 'PL5252344078', 'S', '23', null],
    ['a company at home without an id', 'PL', company, 'PL', '', 'S', '23', null],
    ['a person at home', 'CZ', person, 'CZ', '', 'S', '21', null],
    ['a company elsewhere in the EU', 'PL', company, 'DE', 'DE136695976', 'AE', '0', 'reverse-charge'],
    ['a company in Greece', 'PL', company, 'GR', 'EL123456789', 'AE', '0', 'reverse-charge'],
    ['a company outside the EU', 'PL', company, 'US', '', 'O', '0', 'outside-eu'],
    ['a person outside the EU', 'PL', person, 'CH', '', 'O', '0', 'outside-eu'],
    ['a company in Northern Ireland (services)', 'PL', company, 'GB', 'XI110305878', 'O', '0', 'outside-eu'],
  ] as const)('%s', (_what, seller, kind, country, vatId, category, rate, note) => {
    const treatment = vatTreatment({
      seller: { country: seller, vatId: 'x' },
      buyer: { kind, country, vatId },
      taxPoint: localDate('2026-08-31'),
    });
    expect(treatment).toEqual({ ok: true, category, rate, note });
  });

  it.each([
    ['a person elsewhere in the EU', 'PL', person, 'DE', '2026-08-31', /one-stop shop/],
    ['a company without a VAT id', 'PL', company, 'DE', '2026-08-31', /without a VAT id/],
    ['a seller outside the EU', 'US', company, 'US', '2026-08-31', /only VAT of EU countries/],
    [
      'a day before the table',
      'PL',
      company,
      'PL',
      '2010-12-31',
      /no VAT rate of PL is known for 2010-12-31/,
    ],
  ] as const)('%s is refused with the reason', (_what, seller, kind, country, day, reason) => {
    const treatment = vatTreatment({
      seller: { country: seller, vatId: 'x' },
      buyer: { kind, country, vatId: '' },
      taxPoint: localDate(day),
    });
    expect(treatment).toEqual({ ok: false, reason: expect.stringMatching(reason) as string });
  });
});

describe('as the company is taxed', () => {
  it.each([
    ['OSS: the rate of Hungary', { consumersAbroad: 'oss' }, person, 'HU', 'S', '27', 'one-stop-shop'],
    ['below the threshold: the rate at home', { consumersAbroad: 'home' }, person, 'HU', 'S', '23', null],
    ['exempt at home', { scheme: 'exempt' }, person, 'PL', 'E', '0', 'small-enterprise'],
    [
      'exempt, below the threshold',
      { scheme: 'exempt', consumersAbroad: 'home' },
      person,
      'HU',
      'E',
      '0',
      'small-enterprise',
    ],
    ['exempt, to a company abroad', { scheme: 'exempt' }, company, 'DE', 'AE', '0', 'reverse-charge'],
  ] as const)('%s', (_what, seller, kind, country, category, rate, note) => {
    const treatment = vatTreatment({
      seller: { country: 'PL', vatId: 'x', ...seller },
      buyer: { kind, country, vatId: kind === company ? 'DE136695976' : '' },
      taxPoint: localDate('2026-08-31'),
    });
    expect(treatment).toEqual({ ok: true, category, rate, note });
  });

  it.each([
    ['valid', true],
    ['unknown', true],
    [undefined, true],
    ['invalid', false],
  ] as const)('a VAT id that VIES says to be %s: a reverse charge, %s', (vatCheck, ok) => {
    const treatment = vatTreatment({
      seller: { country: 'PL', vatId: 'x' },
      buyer: { kind: company, country: 'DE', vatId: 'DE136695976', vatCheck },
      taxPoint: localDate('2026-08-31'),
    });
    expect(treatment.ok).toBe(ok);
  });
});

describe('standard rates', () => {
  it.each([
    ['PL', '2026-08-31', '23'],
    ['CZ', '2026-08-31', '21'],
    ['HU', '2026-08-31', '27'],
    ['RO', '2025-07-31', '19'],
    ['RO', '2025-08-01', '21'],
    ['SK', '2024-12-31', '20'],
    ['SK', '2025-01-01', '23'],
    ['DE', '2020-06-30', '19'],
    ['DE', '2020-07-01', '16'],
    ['DE', '2020-12-31', '16'],
    ['DE', '2021-01-01', '19'],
    ['EE', '2025-06-30', '22'],
    ['EE', '2025-07-01', '24'],
    ['FI', '2024-09-01', '25.5'],
    ['LU', '2023-12-31', '16'],
    ['LU', '2024-01-01', '17'],
    ['US', '2026-08-31', undefined],
    ['toString', '2026-08-31', undefined],
    ['PL', '1999-01-01', undefined],
  ])('%s on %s: %s', (country, day, rate) => {
    expect(standardVatRate(country, localDate(day))).toBe(rate);
  });

  it('knows every member state since 2021', () => {
    const unknown = EU_COUNTRIES.filter(
      (country) => standardVatRate(country, localDate('2021-01-01')) === undefined,
    );
    expect(unknown).toEqual([]);
  });
});

describe('notes', () => {
  it.each([
    ['reverse-charge', 'pl', 'PL', /^Odwrotne obciążenie: .*2006\/112\/WE\)\.$/],
    ['reverse-charge', 'en', 'PL', /^Reverse charge: .* \(odwrotne obciążenie\)$/],
    ['reverse-charge', 'cs', 'CZ', /^Daň odvede zákazník \(čl\. 196/],
    ['reverse-charge', 'en', 'HU', /\(fordított adózás\)$/],
    ['reverse-charge', 'en', 'RO', /\(taxare inversă\)$/],
    ['outside-eu', 'en', 'PL', /^Outside the scope/],
    ['outside-eu', 'cs', 'PL', /^Není předmětem DPH/],
  ] as const)('%s in %s by a seller of %s', (code, language, country, text) => {
    expect(vatNote(code, language, country)).toMatch(text);
  });

  it('has the words of every member state', () => {
    const lacking = EU_COUNTRIES.filter(
      (country) =>
        country !== 'IE' && country !== 'MT' && !vatNote('reverse-charge', 'en', country).endsWith(')'),
    );
    expect(lacking).toEqual([]);
  });
});
