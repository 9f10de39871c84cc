import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isValidIban, plainIban, spacedIban } from './iban-rules.ts';

describe('IBANs', () => {
  // Examples of the IBAN registry.
  it.each([
    'PL61 1090 1014 0000 0712 1981 2874',
    'CZ65 0800 0000 1920 0014 5399',
    'DE89 3704 0044 0532 0130 00',
    'HU42 1177 3016 1111 1018 0000 0000',
    'RO49 AAAA 1B31 0075 9384 0000',
    'GB29 NWBK 6016 1331 9268 19',
    'sk31 1200 0000 1987 4263 7541',
  ])('%s is valid', (iban) => {
    expect(isValidIban(iban)).toBe(true);
  });

  // One example per country of the registry: its length is in the table.
  it.each(
    (
      'AT611904300234573201 BE68539007547034 BG80BNBG96611020345678 CH9300762011623852957 ' +
      'CY17002001280000001200527600 DK5000400440116243 EE382200221020145685 ES9121000418450200051332 ' +
      'FI2112345600000785 FR1420041010050500013M02606 GR1601101250000000012300695 HR1210010051863000160 ' +
      'IE29AIBK93115212345678 IS140159260076545510730339 IT60X0542811101000000123456 LI21088100002324013AA ' +
      'LT121000011101001000 LU280019400644750000 LV80BANK0000435195001 MC5811222000010123456789030 ' +
      'MT84MALT011000012345MTLCAST001S NL91ABNA0417164300 NO9386011117947 PT50000201231234567890154 ' +
      'SE4550000000058398257466 SI56263300012039086 SM86U0322509800000000270100 UA213223130000026007233566001'
    ).split(' '),
  )('%s is valid, and neither with a character more nor with one less', (iban) => {
    expect(isValidIban(iban)).toBe(true);
    expect(isValidIban(`${iban}0`)).toBe(false);
    expect(isValidIban(iban.slice(0, -1))).toBe(false);
  });

  it('any single wrong digit and any two neighbours swapped are noticed', () => {
    const iban = 'PL61109010140000071219812874';
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 27 }), fc.integer({ min: 1, max: 9 }), (at, by) => {
        const wrong = iban.slice(0, at) + ((Number(iban[at]) + by) % 10) + iban.slice(at + 1);
        expect(isValidIban(wrong)).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 26 }), (at) => {
        const swapped = iban.slice(0, at) + (iban[at + 1] ?? '') + (iban[at] ?? '') + iban.slice(at + 2);
        expect(isValidIban(swapped)).toBe(swapped === iban);
      }),
    );
  });

  it.each([
    ['a digit changed', 'PL61 1090 1014 0000 0712 1981 2875'],
    ['two digits swapped', 'PL16 1090 1014 0000 0712 1981 2874'],
    ['too short', 'PL61 1090 1014 0000 0712 1981 287'],
    ['the length of another country', 'DE61 1090 1014 0000 0712 1981 2874'],
    ['not an IBAN', 'hello'],
    ['empty', ''],
  ])('%s is not', (_what, iban) => {
    expect(isValidIban(iban)).toBe(false);
  });

  it('is written in groups of four and read without them', () => {
    expect(spacedIban('cz6508000000192000145399')).toBe('CZ65 0800 0000 1920 0014 5399');
    expect(plainIban(spacedIban('CZ6508000000192000145399'))).toBe('CZ6508000000192000145399');
  });
});
