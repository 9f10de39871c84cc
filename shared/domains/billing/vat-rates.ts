import type { LocalDate } from '../../kernel/local-date.ts';
import type { RateClass } from './supply-rules.ts';

/** From a day on, standard rate in per cent. */
type RateFrom = readonly [validFrom: string, rate: string];

/**
 * Standard VAT rates of the member states, from the version in force in 2021 on. Source: European Commission, Taxes in Europe
 * Database v4 (VAT), and for changes since then the act named beside the row. A new rate is a new row; rows never change.
 */
const STANDARD_RATES: Readonly<Record<string, readonly RateFrom[]>> = {
  AT: [['1984-01-01', '20']],
  BE: [['1996-01-01', '21']],
  BG: [['1999-01-01', '20']],
  CY: [['2014-01-13', '19']],
  // Act 235/2004 Sb., § 47.
  CZ: [['2013-01-01', '21']],
  // UStG § 12(1); the half year of 16 % was § 28(1).
  DE: [
    ['2007-01-01', '19'],
    ['2020-07-01', '16'],
    ['2021-01-01', '19'],
  ],
  DK: [['1992-01-01', '25']],
  // Käibemaksuseadus § 15, as amended in 2023 and 2024.
  EE: [
    ['2009-07-01', '20'],
    ['2024-01-01', '22'],
    ['2025-07-01', '24'],
  ],
  ES: [['2012-09-01', '21']],
  // Arvonlisäverolaki § 84, as amended by 2024/450.
  FI: [
    ['2013-01-01', '24'],
    ['2024-09-01', '25.5'],
  ],
  FR: [['2014-01-01', '20']],
  GR: [['2016-06-01', '24']],
  HR: [['2012-03-01', '25']],
  // Act CXXVII of 2007, § 82.
  HU: [['2012-01-01', '27']],
  // Finance Act 2010 s. 46; 21 % for six months under the July 2020 stimulus.
  IE: [
    ['2012-01-01', '23'],
    ['2020-09-01', '21'],
    ['2021-03-01', '23'],
  ],
  IT: [['2013-10-01', '22']],
  LT: [['2009-09-01', '21']],
  // Law of 26 October 2022: one point less for the year 2023.
  LU: [
    ['2015-01-01', '17'],
    ['2023-01-01', '16'],
    ['2024-01-01', '17'],
  ],
  LV: [['2012-07-01', '21']],
  MT: [['2004-01-01', '18']],
  NL: [['2012-10-01', '21']],
  // Ustawa o VAT, art. 41(1) with art. 146aa and 146ef (23 % in place of 22 %).
  PL: [['2011-01-01', '23']],
  PT: [['2011-01-01', '23']],
  // Codul fiscal, art. 291, as amended by Law 141/2025.
  RO: [
    ['2017-01-01', '19'],
    ['2025-08-01', '21'],
  ],
  SE: [['1990-07-01', '25']],
  SI: [['2013-07-01', '22']],
  // Act 222/2004, § 27, as amended by 278/2024.
  SK: [
    ['2011-01-01', '20'],
    ['2025-01-01', '23'],
  ],
};

/** From a day on, a rate; null: there is none any more. */
type LowerFrom = readonly [validFrom: string, rate: string | null];

/**
 * The lower rates that the law of a member state has, in the order in which it names them. Which supply they are for is a matter of the
 * product; a country or day that is not here is not known.
 */
const LOWER_RATES: Readonly<Record<string, Partial<Readonly<Record<RateClass, readonly LowerFrom[]>>>>> = {
  // UStG § 10(2) and (3).
  AT: { reduced: [['2011-01-01', '10']], 'second-reduced': [['2016-01-01', '13']] },
  // Act 235/2004 Sb., § 47; one reduced rate in place of two by act 349/2023 Sb.
  CZ: {
    reduced: [
      ['2013-01-01', '15'],
      ['2024-01-01', '12'],
    ],
    'second-reduced': [
      ['2015-01-01', '10'],
      ['2024-01-01', null],
    ],
  },
  // UStG § 12(2), in the second half of 2020 § 28(2); § 12(3).
  DE: {
    reduced: [
      ['2007-01-01', '7'],
      ['2020-07-01', '5'],
      ['2021-01-01', '7'],
    ],
    zero: [['2023-01-01', '0']],
  },
  // Act CXXVII of 2007, § 82(3) and (2).
  HU: { reduced: [['2012-01-01', '18']], 'second-reduced': [['2012-01-01', '5']] },
  // Ustawa o VAT, art. 41(2) with art. 146aa and 146ef, art. 41(2a), art. 83.
  PL: {
    reduced: [['2011-01-01', '8']],
    'second-reduced': [['2011-01-01', '5']],
    zero: [['2011-01-01', '0']],
  },
  // Codul fiscal, art. 291(2) and (3); one reduced rate in place of two by Law 141/2025.
  RO: {
    reduced: [
      ['2017-01-01', '9'],
      ['2025-08-01', '11'],
    ],
    'second-reduced': [
      ['2017-01-01', '5'],
      ['2025-08-01', null],
    ],
  },
  // Act 222/2004, § 27(2) and (3), as amended by 278/2024.
  SK: {
    reduced: [
      ['2011-01-01', '10'],
      ['2025-01-01', '19'],
    ],
    'second-reduced': [['2025-01-01', '5']],
  },
};

/** Names the state of the table: its last change and its number of rates. */
export const VAT_TABLE = ((rows: readonly LowerFrom[]) =>
  `${
    rows
      .map(([validFrom]) => validFrom)
      .toSorted()
      .at(-1) ?? ''
  }, ${rows.length} rates`)([
  ...Object.values(STANDARD_RATES).flat(),
  ...Object.values(LOWER_RATES).flatMap((classes) => Object.values(classes).flat()),
]);

/** Standard rate of a country on a day, per cent as text; undefined for countries and days the table does not know. */
export function standardVatRate(country: string, day: LocalDate): string | undefined {
  return vatRate(country, 'standard', day);
}

/** The same of any of its rates; undefined too where it has none of that class on that day. */
export function vatRate(country: string, rateClass: RateClass, day: LocalDate): string | undefined {
  if (!Object.hasOwn(STANDARD_RATES, country)) return undefined;
  const rows: readonly LowerFrom[] =
    (rateClass === 'standard' ? STANDARD_RATES[country] : LOWER_RATES[country]?.[rateClass]) ?? [];
  return rows.findLast(([validFrom]) => validFrom <= day)?.[1] ?? undefined;
}
