import { describe, expect, it } from 'vitest';
import { localDate } from '../../kernel/local-date.ts';
import { EU_COUNTRIES } from '../customers/vat-id-rules.ts';
import { vatNote } from './vat-notes.ts';
import { standardVatRate } from './vat-rates.ts';
import { USUAL_SUPPLY } from './supply-rules.ts';
import { isOwedAbroad, vatTreatment, type VatNoteCode } from './vat-rules.ts';
import { reasonForApart } from './vat-together-rules.ts';

const company = 'company' as const;
const person = 'person' as const;

/** What a treatment says of VAT that is owed to the customer's state. */
const owed = (note: VatNoteCode | null, owedIn: string): object => (isOwedAbroad(note) ? { owedIn } : {});

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
    expect(treatment).toEqual({ ok: true, category, rate, note, ...owed(note, country) });
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

/** Seller in PL, 31 August 2026; consumers elsewhere in the EU by the one-stop shop. */
describe('by kind of supply', () => {
  const reason = { reason: 'education, Art. 132(1)(i)', code: 'VATEX-EU-132-1I' };
  it.each([
    // Art. 45: a consumer of any other service is taxed where the seller is, wherever it lives.
    ['labour to a consumer in the EU', 'general-service', person, 'DE', '', 'S', '23', null],
    ['labour to a consumer outside the EU', 'general-service', person, 'US', '', 'S', '23', null],
    // Art. 44 and 196.
    ['labour to a company in the EU', 'general-service', company, 'DE', 'DE1', 'AE', '0', 'reverse-charge'],
    ['labour to a company outside the EU', 'general-service', company, 'US', '', 'O', '0', 'outside-eu'],
    // Art. 59(a) and (c).
    [
      'consultancy to a consumer outside the EU',
      'consultancy-service',
      person,
      'US',
      '',
      'O',
      '0',
      'consumer-outside-eu',
    ],
    ['consultancy to a consumer in the EU', 'consultancy-service', person, 'DE', '', 'S', '23', null],
    // Art. 58 and 369a.
    ['hosting to a consumer in the EU', 'electronic-service', person, 'DE', '', 'S', '19', 'one-stop-shop'],
    // Art. 47; regulation 282/2011, Art. 31a(2)(h).
    ['a cage to a company in the EU', 'property-service', company, 'DE', 'DE1', 'S', '23', null],
    ['a cage to a company outside the EU', 'property-service', company, 'US', '', 'S', '23', null],
    // Art. 138(1), 146(1), 33(a).
    ['goods to a company in the EU', 'goods', company, 'DE', 'DE1', 'K', '0', 'intra-community'],
    ['goods to Northern Ireland', 'goods', company, 'GB', 'XI110305878', 'K', '0', 'intra-community'],
    ['goods out of the EU', 'goods', person, 'US', '', 'G', '0', 'export'],
    ['goods at home', 'goods', person, 'PL', '', 'S', '23', null],
    ['goods to a consumer in the EU', 'goods', person, 'DE', '', 'S', '19', 'distance-sale'],
    // Art. 132 and 135; Art. 44 of a company outside the EU.
    ['training at home', 'exempt', person, 'PL', '', 'E', '0', 'exempt'],
    ['training to a company outside the EU', 'exempt', company, 'US', '', 'O', '0', 'outside-eu'],
  ] as const)('%s', (_what, supplyKind, kind, country, vatId, category, rate, note) => {
    const exempt = supplyKind === 'exempt' ? reason : { reason: '', code: '' };
    const treatment = vatTreatment({
      seller: { country: 'PL', vatId: 'x', consumersAbroad: 'oss' },
      buyer: { kind, country, vatId },
      taxPoint: localDate('2026-08-31'),
      supply: { ...USUAL_SUPPLY, kind: supplyKind, exempt },
    });
    const said = note === 'exempt' ? { exempt: reason } : {};
    expect(treatment).toEqual({ ok: true, category, rate, note, ...said, ...owed(note, country) });
  });

  it.each([
    ['PL', 'reduced', '2026-08-31', 'S', '8'],
    ['PL', 'second-reduced', '2026-08-31', 'S', '5'],
    ['PL', 'zero', '2026-08-31', 'Z', '0'],
    ['CZ', 'reduced', '2023-12-31', 'S', '15'],
    ['CZ', 'reduced', '2024-01-01', 'S', '12'],
    ['SK', 'reduced', '2024-12-31', 'S', '10'],
    ['SK', 'reduced', '2025-01-01', 'S', '19'],
    ['SK', 'second-reduced', '2025-01-01', 'S', '5'],
    ['HU', 'reduced', '2026-08-31', 'S', '18'],
    ['HU', 'second-reduced', '2026-08-31', 'S', '5'],
    ['RO', 'reduced', '2025-07-31', 'S', '9'],
    ['RO', 'reduced', '2025-08-01', 'S', '11'],
    ['DE', 'reduced', '2020-12-31', 'S', '5'],
    ['DE', 'reduced', '2021-01-01', 'S', '7'],
    ['AT', 'reduced', '2026-08-31', 'S', '10'],
    ['AT', 'second-reduced', '2026-08-31', 'S', '13'],
  ] as const)('at home in %s at the %s rate on %s: %s %s', (country, rateClass, day, category, rate) => {
    const treatment = vatTreatment({
      seller: { country, vatId: 'x' },
      buyer: { kind: person, country, vatId: '' },
      taxPoint: localDate(day),
      supply: { ...USUAL_SUPPLY, rateClass },
    });
    expect(treatment).toEqual({ ok: true, category, rate, note: null });
  });

  it.each([
    [
      'CZ',
      'CZ',
      'second-reduced',
      '2024-01-01',
      'no second-reduced VAT rate of CZ is known for 2024-01-01 (CDN)',
    ],
    [
      'RO',
      'RO',
      'second-reduced',
      '2025-08-01',
      'no second-reduced VAT rate of RO is known for 2025-08-01 (CDN)',
    ],
    ['FR', 'FR', 'reduced', '2026-08-31', 'no reduced VAT rate of FR is known for 2026-08-31 (CDN)'],
    [
      'PL',
      'DE',
      'reduced',
      '2026-08-31',
      'CDN has a rate of its own in PL, and which one it has in DE is not known',
    ],
  ] as const)('%s to %s at the %s rate on %s is a hole', (seller, country, rateClass, day, words) => {
    const treatment = vatTreatment({
      seller: { country: seller, vatId: 'x', consumersAbroad: 'oss' },
      buyer: { kind: person, country, vatId: '' },
      taxPoint: localDate(day),
      supply: { ...USUAL_SUPPLY, rateClass, product: 'CDN' },
    });
    expect(treatment).toEqual({ ok: false, reason: words });
  });

  it.each([
    ['goods of a small enterprise are exempt wherever they go (Art. 139, 283)', 'goods', 'US', true],
    ['what is exempt without a reason', 'exempt', 'PL', false],
  ] as const)('%s', (_what, kind, country, ok) => {
    const treatment = vatTreatment({
      seller: { country: 'PL', vatId: 'x', ...(kind === 'goods' && { scheme: 'exempt' }) },
      buyer: { kind: company, country, vatId: '' },
      taxPoint: localDate('2026-08-31'),
      supply: { ...USUAL_SUPPLY, kind, product: 'Training' },
    });
    expect(treatment).toMatchObject(
      ok
        ? { ok, note: 'small-enterprise' }
        : { ok, reason: expect.stringMatching(/why Training is exempt/) as string },
    );
  });

  it('goods go to the address, whoever is taxed elsewhere for services', () => {
    const treatment = vatTreatment({
      seller: { country: 'PL', vatId: 'x' },
      buyer: { kind: person, country: 'DE', vatId: '', addressCountry: 'PL' },
      taxPoint: localDate('2026-08-31'),
      supply: { ...USUAL_SUPPLY, kind: 'goods' },
    });
    expect(treatment).toMatchObject({ category: 'S', rate: '23', note: null });
  });
});

describe('on one invoice', () => {
  const of = (
    category: 'S' | 'Z' | 'AE' | 'E' | 'O',
    note: VatNoteCode | null,
    product: string,
    owedIn = 'AT',
  ) => ({
    product,
    vat: { ok: true as const, category, rate: '0', note, ...owed(note, owedIn) },
  });
  it.each([
    ['one kind', [of('S', null, 'VPS'), of('S', null, 'CDN')], undefined],
    ['reverse charge beside a rate', [of('AE', 'reverse-charge', 'VPS'), of('S', null, 'Cage')], undefined],
    ['a one-stop shop alone', [of('S', 'one-stop-shop', 'VPS'), of('S', 'one-stop-shop', 'CDN')], undefined],
    [
      'exempt beside a one-stop shop',
      [of('S', 'one-stop-shop', 'VPS'), of('E', 'exempt', 'Training')],
      undefined,
    ],
    [
      'outside the scope alone',
      [of('O', 'outside-eu', 'VPS'), of('O', 'consumer-outside-eu', 'Labour')],
      undefined,
    ],
    [
      'outside the scope beside a rate',
      [of('O', 'outside-eu', 'VPS'), of('S', null, 'Cage')],
      /^VPS is outside .* Cage is not/,
    ],
    [
      'two states',
      [of('S', 'one-stop-shop', 'VPS'), of('S', null, '')],
      /^the VAT of VPS is owed in AT \(one-stop shop\), that of what is of no product where the seller is: /,
    ],
    [
      'goods sent to the state where services are taxed',
      [of('S', 'one-stop-shop', 'VPS'), of('S', 'distance-sale', 'Router')],
      undefined,
    ],
    [
      'goods sent to another state',
      [of('S', 'one-stop-shop', 'VPS'), of('S', 'distance-sale', 'Router', 'DE')],
      /^the VAT of Router is owed in DE \(one-stop shop\), that of VPS in AT \(one-stop shop\): /,
    ],
  ] as const)('%s', (_what, all, reason) => {
    const found = reasonForApart(all);
    if (reason === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(reason);
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
    ['export', 'pl', 'PL', /^Eksport towarów, stawka VAT 0 %/],
    ['intra-community', 'cs', 'CZ', /jiného členského státu \(čl\. 138/],
    ['distance-sale', 'en', 'PL', /Art\. 33\(a\) and 369a/],
    ['consumer-outside-eu', 'pl', 'PL', /art\. 59/],
  ] as const)('%s in %s by a seller of %s', (code, language, country, text) => {
    expect(vatNote(code, language, country)).toMatch(text);
  });

  it('of an exemption gives its reasons', () => {
    const reasons = [
      { reason: 'education, Art. 132(1)(i).', code: '' },
      { reason: 'insurance', code: '' },
    ];
    expect(vatNote('exempt', 'cs', 'CZ', reasons)).toBe(
      'Osvobozeno od DPH: education, Art. 132(1)(i); insurance.',
    );
  });

  it('has the words of every member state', () => {
    const lacking = EU_COUNTRIES.filter(
      (country) =>
        country !== 'IE' && country !== 'MT' && !vatNote('reverse-charge', 'en', country).endsWith(')'),
    );
    expect(lacking).toEqual([]);
  });
});
