import { toCardinal as toCzech } from 'n2words/cs-CZ';
import { toCardinal as toEnglish } from 'n2words/en-GB';
import { toCardinal as toPolish } from 'n2words/pl-PL';
import { CURRENCIES, type Currency, type Money } from '../../../../shared/kernel/money.ts';
import type { DocumentLanguage } from '../invoices/invoice-document.ts';

type Gender = 'masculine' | 'feminine' | 'neuter';

interface CurrencyWord {
  readonly gender: Gender;
  /** After 1; after 2 to 4 (by the language's rule); after all others. */
  readonly forms: readonly [one: string, few: string, many: string];
}

const word = (gender: Gender, one: string, few: string, many: string): CurrencyWord => ({
  gender,
  forms: [one, few, many],
});
const english = (one: string, many: string): CurrencyWord => word('neuter', one, many, many);

const CURRENCY_WORDS: Readonly<Record<DocumentLanguage, Readonly<Record<Currency, CurrencyWord>>>> = {
  en: {
    EUR: english('euro', 'euros'),
    PLN: english('zloty', 'zlotys'),
    CZK: english('Czech koruna', 'Czech korunas'),
    HUF: english('forint', 'forints'),
    RON: english('Romanian leu', 'Romanian lei'),
    USD: english('US dollar', 'US dollars'),
  },
  pl: {
    EUR: word('neuter', 'euro', 'euro', 'euro'),
    PLN: word('masculine', 'złoty', 'złote', 'złotych'),
    CZK: word('feminine', 'korona czeska', 'korony czeskie', 'koron czeskich'),
    HUF: word('masculine', 'forint', 'forinty', 'forintów'),
    RON: word('masculine', 'lej rumuński', 'leje rumuńskie', 'lejów rumuńskich'),
    USD: word('masculine', 'dolar amerykański', 'dolary amerykańskie', 'dolarów amerykańskich'),
  },
  cs: {
    EUR: word('neuter', 'euro', 'eura', 'eur'),
    PLN: word('masculine', 'zlotý', 'zloté', 'zlotých'),
    CZK: word('feminine', 'koruna česká', 'koruny české', 'korun českých'),
    HUF: word('masculine', 'forint', 'forinty', 'forintů'),
    RON: word('masculine', 'rumunský leu', 'rumunské lei', 'rumunských lei'),
    USD: word('masculine', 'americký dolar', 'americké dolary', 'amerických dolarů'),
  },
};

/** `trzy tysiące trzysta piętnaście złotych 66/100`: major units in words, minor units as a fraction. */
export function amountInWords(amount: Money, language: DocumentLanguage): string {
  const hundred = 10n ** BigInt(CURRENCIES[amount.currency]);
  const absolute = amount.amountMinor < 0n ? -amount.amountMinor : amount.amountMinor;
  const major = absolute / hundred;
  const { gender, forms } = CURRENCY_WORDS[language][amount.currency];
  const minor = (absolute % hundred).toString().padStart(CURRENCIES[amount.currency], '0');
  const minus = amount.amountMinor < 0n ? 'minus ' : '';
  return `${minus}${cardinal(major, gender, language)} ${forms[formOf(major, language)]} ${minor}/${hundred}`;
}

/** n2words counts in the masculine; one and two are put into the currency's gender here. */
function cardinal(count: bigint, gender: Gender, language: DocumentLanguage): string {
  switch (language) {
    case 'en':
      return toEnglish(count);
    case 'cs':
      if (count === 1n) return { masculine: 'jeden', feminine: 'jedna', neuter: 'jedno' }[gender];
      if (count === 2n) return gender === 'masculine' ? 'dva' : 'dvě';
      return toCzech(count);
    case 'pl':
      if (count === 1n) return { masculine: 'jeden', feminine: 'jedna', neuter: 'jedno' }[gender];
      // In compounds two bends too (dwadzieścia dwie korony), one does not (dwadzieścia jeden koron).
      return gender === 'feminine' ? toPolish(count).replace(/dwa$/, 'dwie') : toPolish(count);
  }
}

/** Which form follows a count: Unicode CLDR plural rules, but that Czech keeps the genitive after all compounds. */
function formOf(count: bigint, language: DocumentLanguage): 0 | 1 | 2 {
  if (count === 1n) return 0;
  const last = language === 'pl' ? count % 10n : count;
  const isTeen = count % 100n >= 12n && count % 100n <= 14n;
  return last >= 2n && last <= 4n && !isTeen ? 1 : 2;
}
