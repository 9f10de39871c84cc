import { describe, expect, it } from 'vitest';
import { CURRENCIES, money, type Currency } from '../../../../shared/kernel/money.ts';
import { amountInWords } from './amount-words.ts';
import { DOCUMENT_LANGUAGES, type DocumentLanguage } from '../invoices/invoice-document.ts';

describe('an amount in words', () => {
  it.each([
    [331_566n, 'PLN', 'pl', 'trzy tysiące trzysta piętnaście złotych 66/100'],
    [331_566n, 'PLN', 'en', 'three thousand three hundred and fifteen zlotys 66/100'],
    [331_566n, 'CZK', 'cs', 'tři tisíce tři sta patnáct korun českých 66/100'],
    [100n, 'PLN', 'pl', 'jeden złoty 00/100'],
    [200n, 'PLN', 'pl', 'dwa złote 00/100'],
    [500n, 'PLN', 'pl', 'pięć złotych 00/100'],
    [1200n, 'PLN', 'pl', 'dwanaście złotych 00/100'],
    [2100n, 'PLN', 'pl', 'dwadzieścia jeden złotych 00/100'],
    [2200n, 'PLN', 'pl', 'dwadzieścia dwa złote 00/100'],
    [11_200n, 'PLN', 'pl', 'sto dwanaście złotych 00/100'],
    [100n, 'CZK', 'pl', 'jedna korona czeska 00/100'],
    [200n, 'CZK', 'pl', 'dwie korony czeskie 00/100'],
    [200_200n, 'CZK', 'pl', 'dwa tysiące dwie korony czeskie 00/100'],
    [2100n, 'CZK', 'pl', 'dwadzieścia jeden koron czeskich 00/100'],
    [100n, 'EUR', 'pl', 'jedno euro 00/100'],
    [2399n, 'EUR', 'pl', 'dwadzieścia trzy euro 99/100'],
    [400n, 'RON', 'pl', 'cztery leje rumuńskie 00/100'],
    [100n, 'CZK', 'cs', 'jedna koruna česká 00/100'],
    [200n, 'CZK', 'cs', 'dvě koruny české 00/100'],
    [500n, 'CZK', 'cs', 'pět korun českých 00/100'],
    [100n, 'EUR', 'cs', 'jedno euro 00/100'],
    [200n, 'EUR', 'cs', 'dvě eura 00/100'],
    [200n, 'PLN', 'cs', 'dva zloté 00/100'],
    [2200n, 'USD', 'cs', 'dvacet dva amerických dolarů 00/100'],
    [100n, 'EUR', 'en', 'one euro 00/100'],
    [
      12_345_678_901n,
      'EUR',
      'en',
      'one hundred and twenty-three million four hundred and fifty-six thousand seven hundred and eighty-nine euros 01/100',
    ],
    [5n, 'EUR', 'en', 'zero euros 05/100'],
    [5n, 'PLN', 'pl', 'zero złotych 05/100'],
    [5n, 'CZK', 'cs', 'nula korun českých 05/100'],
    [-150n, 'PLN', 'pl', 'minus jeden złoty 50/100'],
  ] satisfies [bigint, Currency, DocumentLanguage, string][])(
    '%s %s in %s: %s',
    (minor, currency, language, words) => {
      expect(amountInWords(money(minor, currency), language)).toBe(words);
    },
  );

  it('is there for every currency and language', () => {
    for (const currency of Object.keys(CURRENCIES) as Currency[]) {
      for (const language of DOCUMENT_LANGUAGES) {
        for (const major of [0n, 1n, 2n, 5n, 22n, 101n, 1_000_000n]) {
          const words = amountInWords(money(major * 100n + 7n, currency), language);
          expect(words).toMatch(/^\p{L}[\p{L} -]+ 07\/100$/u);
        }
      }
    }
  });
});
