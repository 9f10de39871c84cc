import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { EU_COUNTRIES, isEuCountry, readVatId } from './vat-id-rules.ts';
import { VAT_ID_CHECKSUMS } from './vat-id-checksum.ts';

/** Published ids of well-known companies and the examples of the national registers. */
const valid: readonly (readonly [country: string, text: string, vatId: string])[] = [
  ['PL', 'PL5252344078', 'PL5252344078'],
  ['PL', '525-234-40-78', 'PL5252344078'],
  ['PL', 'pl 525 234 40 78', 'PL5252344078'],
  ['CZ', 'CZ27082440', 'CZ27082440'],
  ['CZ', 'CZ00177041', 'CZ00177041'],
  ['CZ', '7103192745', 'CZ7103192745'],
  ['CZ', '395601439', 'CZ395601439'],
  ['SK', 'SK2020273893', 'SK2020273893'],
  ['HU', 'HU12892312', 'HU12892312'],
  ['RO', 'RO18547290', 'RO18547290'],
  ['RO', 'RO 361757', 'RO361757'],
  ['DE', 'DE136695976', 'DE136695976'],
  ['AT', 'ATU13585627', 'ATU13585627'],
  ['EE', 'EE100207415', 'EE100207415'],
  ['LV', 'LV40003009497', 'LV40003009497'],
  ['LT', 'LT119511515', 'LT119511515'],
  ['LT', 'LT100001919017', 'LT100001919017'],
  ['BG', 'BG175074752', 'BG175074752'],
  ['BG', 'BG7523169263', 'BG7523169263'],
  ['HR', 'HR33392005961', 'HR33392005961'],
  ['SI', 'SI50223054', 'SI50223054'],
  ['GR', 'EL123456789', 'EL123456789'],
  ['FR', 'FR40303265045', 'FR40303265045'],
  ['NL', 'NL004495445B01', 'NL004495445B01'],
  ['SE', 'SE123456789701', 'SE123456789701'],
  ['US', '12-3456789', '123456789'],
  ['GB', 'GB 980 7806 84', 'GB980780684'],
  ['PL', '', ''],
  ['PL', '  ', ''],
];

const malformed: readonly (readonly [country: string, text: string, detail: RegExp])[] = [
  ['PL', 'PL5252344079', /check digit/],
  ['PL', 'PL525234407', /10 digits/],
  ['PL', 'CZ27082440', /10 digits/],
  ['CZ', 'CZ27082441', /check digit/],
  ['CZ', 'CZ7103192746', /check digit/],
  ['CZ', 'CZ2708244', /8 to 10 digits/],
  ['SK', 'SK2020273894', /check digit/],
  ['HU', 'HU12892313', /check digit/],
  ['RO', 'RO18547291', /check digit/],
  ['RO', 'RO1', /2 to 10 digits/],
  ['DE', 'DE136695977', /check digit/],
  ['DE', 'DE036695976', /9 digits/],
  ['AT', 'AT13585627', /ATU and 8 digits/],
  ['AT', 'ATU13585626', /check digit/],
  ['EE', 'EE100207416', /check digit/],
  ['LV', 'LV40003009498', /check digit/],
  ['LT', 'LT119511516', /check digit/],
  ['BG', 'BG175074753', /check digit/],
  ['HR', 'HR33392005962', /check digit/],
  ['SI', 'SI50223055', /check digit/],
  ['GR', 'GR123456789', /EL and 9 digits/],
  ['US', 'a', /letters and digits/],
  ['US', 'ÄÖÜ123', /letters and digits/],
];

describe('VAT ids', () => {
  it.each(valid)('%s reads %j as %s', (country, text, vatId) => {
    expect(readVatId(country, text)).toEqual({ ok: true, vatId });
  });

  it.each(malformed)('%s refuses %s', (country, text, detail) => {
    const verdict = readVatId(country, text);
    expect(verdict).toMatchObject({ ok: false, detail: expect.stringMatching(detail) as string });
  });

  // Forms by the examples of the VIES questions and answers; those with check digits are the ids above.
  it.each([
    ['AT', 'ATU13585627', 'ATU1358562'],
    ['BE', 'BE0123456789', 'BE2123456789'],
    ['BG', 'BG175074752', 'BG17507475'],
    ['CY', 'CY12345678L', 'CY123456789'],
    ['CZ', 'CZ27082440', 'CZ2708244000000'],
    ['DE', 'DE136695976', 'DE13669597'],
    ['DK', 'DK12345678', 'DK1234567'],
    ['EE', 'EE100207415', 'EE10020741'],
    ['ES', 'ESX1234567X', 'ES123456789'],
    ['FI', 'FI12345678', 'FI123456789'],
    ['FR', 'FRXX123456789', 'FRI0123456789'],
    ['GR', 'EL123456789', 'EL12345678'],
    ['HR', 'HR33392005961', 'HR3339200596'],
    ['HU', 'HU12892312', 'HU128923120'],
    ['IE', 'IE1234567WA', 'IE12345678'],
    ['IT', 'IT12345678901', 'IT1234567890'],
    ['LT', 'LT119511515', 'LT1195115150'],
    ['LU', 'LU12345678', 'LU1234567X'],
    ['LV', 'LV40003009497', 'LV4000300949'],
    ['MT', 'MT12345678', 'MT123456789'],
    ['NL', 'NL123456789B12', 'NL123456789012X'],
    ['PL', 'PL5252344078', 'PL525234407'],
    ['PT', 'PT123456789', 'PT1234567890'],
    ['RO', 'RO18547290', 'RO08547290'],
    ['SE', 'SE123456789701', 'SE123456789702'],
    ['SI', 'SI50223054', 'SI05022305'],
    ['SK', 'SK2020273893', 'SK2010273893'],
  ])('%s has the form of %s and not of %s', (country, good, bad) => {
    expect(readVatId(country, good)).toEqual({ ok: true, vatId: good });
    const refused = readVatId(country, bad);
    expect(refused).toMatchObject({ ok: false, detail: expect.stringMatching(/^it has /) as string });
    // Without its prefix it is the same id, and under another country's it is none.
    const rest = good.slice(2);
    expect(readVatId(country, rest)).toEqual({ ok: true, vatId: good });
    const otherPrefix = country === 'PL' ? 'CZ' : 'PL';
    expect(readVatId(country, otherPrefix + rest).ok).toBe(false);
  });

  it('knows the 27 member states', () => {
    expect(EU_COUNTRIES).toHaveLength(27);
    expect(['PL', 'GR', 'HR'].every(isEuCountry)).toBe(true);
    expect(['GB', 'NO', 'CH', 'EL', 'toString'].some(isEuCountry)).toBe(false);
  });

  // Rules that let a single wrong digit through where another digit stands for the same remainder (10 written as 0).
  const strict = ['PL', 'SK', 'DE', 'HR', 'HU', 'EE'];
  it.each(strict)('%s notices every single wrong digit', (country) => {
    const example = valid.find(([of]) => of === country)?.[2].slice(2) ?? '';
    fc.assert(
      fc.property(fc.nat(example.length - 1), fc.integer({ min: 1, max: 9 }), (at, by) => {
        const wrong = example.slice(0, at) + ((Number(example[at]) + by) % 10) + example.slice(at + 1);
        expect(VAT_ID_CHECKSUMS[country]?.(wrong)).toBe(false);
      }),
    );
  });

  it('reads its own answer as the same id', () => {
    for (const [country, , vatId] of valid) expect(readVatId(country, vatId)).toEqual({ ok: true, vatId });
  });
});
