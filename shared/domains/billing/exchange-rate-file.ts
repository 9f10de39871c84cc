import { localDate, localDateSchema, type LocalDate } from '../../kernel/local-date.ts';
import type { RateSource } from './exchange-rate-rules.ts';

export interface PublishedRate {
  readonly currency: string;
  readonly day: LocalDate;
  /** Decimal as published. */
  readonly rate: string;
}

export type RateFile =
  | { readonly ok: true; readonly source: RateSource; readonly rates: readonly PublishedRate[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads rates as their sources give them: the ECB's CSV (`eurofxref.csv`, `eurofxref-hist.csv`) and XML (`eurofxref-daily.xml`,
 * `-hist.xml`), and NBP's JSON of table A (`api.nbp.pl/api/exchangerates/tables/A/…?format=json`).
 */
export function readRateFile(text: string): RateFile {
  const plain = text.replace(/^\uFEFF/, '').trim();
  if (plain.startsWith('[')) return nbpJson(plain);
  if (plain.startsWith('<')) return ecbXml(plain);
  if (/^date\s*,/i.test(plain)) return ecbCsv(plain);
  return wrong("it is neither the ECB's CSV or XML nor NBP's JSON of table A");
}

function wrong(reason: string): RateFile {
  return { ok: false, reason };
}

function checked(source: RateSource, rates: readonly PublishedRate[]): RateFile {
  if (rates.length === 0) return wrong('there is no rate in it');
  const bad = rates.find(({ rate }) => !/^\d{1,9}(\.\d{1,10})?$/.test(rate) || /^[0.]+$/.test(rate));
  if (bad !== undefined) return wrong(`the rate of ${bad.currency} on ${bad.day} is "${bad.rate}"`);
  return { ok: true, source, rates };
}

function ecbCsv(text: string): RateFile {
  const [head = '', ...lines] = text.split(/\r?\n/);
  const currencies = head.split(',').map((field) => field.trim());
  const rates: PublishedRate[] = [];
  for (const line of lines) {
    const fields = line.split(',').map((field) => field.trim());
    const day = dayOf(fields[0] ?? '');
    if (day === undefined) {
      if (line.trim() === '') continue;
      return wrong(`"${fields[0]}" is no day`);
    }
    for (const [at, currency] of currencies.entries()) {
      const rate = fields[at] ?? '';
      if (at > 0 && /^[A-Z]{3}$/.test(currency) && rate !== '' && rate !== 'N/A') {
        rates.push({ currency, day, rate });
      }
    }
  }
  return checked('ECB', rates);
}

function ecbXml(text: string): RateFile {
  const rates: PublishedRate[] = [];
  let day: LocalDate | undefined;
  for (const [, attributes = ''] of text.matchAll(/<Cube\b([^>]*)>/g)) {
    const attribute = (name: string): string | undefined =>
      new RegExp(`\\b${name}=["']([^"']*)["']`).exec(attributes)?.[1];
    const time = attribute('time');
    if (time !== undefined) day = dayOf(time);
    const currency = attribute('currency');
    const rate = attribute('rate');
    if (currency === undefined || rate === undefined) continue;
    if (day === undefined) return wrong(`the rate of ${currency} has no day`);
    rates.push({ currency, day, rate });
  }
  return checked('ECB', rates);
}

function nbpJson(text: string): RateFile {
  let tables: unknown;
  try {
    tables = JSON.parse(text);
  } catch {
    return wrong('it is no JSON');
  }
  const rates: PublishedRate[] = [];
  for (const table of Array.isArray(tables) ? (tables as unknown[]) : []) {
    if (!isRecord(table) || table['table'] !== 'A' || !Array.isArray(table['rates'])) {
      return wrong("it is not NBP's table A");
    }
    const day = dayOf(String(table['effectiveDate']));
    if (day === undefined) return wrong(`"${String(table['effectiveDate'])}" is no day`);
    for (const row of table['rates'] as unknown[]) {
      if (!isRecord(row) || typeof row['code'] !== 'string' || typeof row['mid'] !== 'number') {
        return wrong(`a rate of ${day} has no code or no mid`);
      }
      rates.push({ currency: row['code'], day, rate: String(row['mid']) });
    }
  }
  return checked('NBP', rates);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** `2026-08-31`, and `31 August 2026` of the ECB's daily CSV. */
function dayOf(text: string): LocalDate | undefined {
  const [, day = '', month = '', year = ''] = /^(\d{1,2}) (\w+) (\d{4})$/.exec(text) ?? [];
  const at = MONTHS.indexOf(month) + 1;
  const iso = at > 0 ? `${year}-${String(at).padStart(2, '0')}-${day.padStart(2, '0')}` : text;
  return localDateSchema.safeParse(iso).success ? localDate(iso) : undefined;
}
