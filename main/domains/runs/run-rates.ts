import {
  BASE_OF_SOURCE,
  rateWanted,
  type RateSource,
} from '../../../shared/domains/billing/exchange-rate-rules.ts';
import { currencyOfCountry } from '../../../shared/domains/customers/country-currency.ts';
import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import { addDays, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import { lastRates, type LastRate } from '../billing/billing-public.ts';
import type { RunSum } from './run-sums.ts';
import type { RunsDb } from './run-store.ts';
import type { RunRecord } from './runs-tables.ts';

/**
 * What rows of several currencies are compared by: the currency of the state of the run's company, and the rates of whoever its VAT is
 * told by, of the last day of the period. For sorting and bars alone: no invoice says an amount that was converted by them.
 */
interface ComparedAt {
  readonly currency: Currency;
  readonly source: RateSource;
  /** The last one known of each currency by that day: an old one compares better than none. */
  readonly rates: readonly LastRate[];
}

/** As a run keeps it. */
export async function comparedAtText(
  db: RunsDb,
  company: { readonly country: string },
  periodEndExclusive: LocalDate,
): Promise<string> {
  const currency = currencyOfCountry(company.country);
  const { source, latest } = rateWanted(currency, addDays(periodEndExclusive, -1));
  const rates = await lastRates(db as never, { source, latest });
  return JSON.stringify({ currency, source, rates } satisfies ComparedAt);
}

type Kept = Pick<RunRecord, 'compared_at'>;

function comparedAtOf(run: Kept): ComparedAt | null {
  return run.compared_at === '' ? null : (JSON.parse(run.compared_at) as ComparedAt);
}

/** What a minor unit of a currency is in minor units of the company's, as a float; null where no rate is known. */
type FactorOf = (currency: Currency) => number | null;

/** Of the rows of a run: read once for all of them. */
export function factorsOf(run: Kept): FactorOf {
  const at = comparedAtOf(run);
  if (at === null) return () => null;
  const { source } = at;
  const base = BASE_OF_SOURCE[source];
  const byCurrency = new Map<string, number>(at.rates.map(({ currency, rate }) => [currency, Number(rate)]));
  const inBase = (currency: string): number | null => {
    if (currency === base) return 1;
    const rate = byCurrency.get(currency);
    if (rate === undefined) return null;
    return source === 'ECB' ? 1 / rate : rate;
  };
  const own = inBase(at.currency);
  return (currency) => {
    if (currency === at.currency) return 1;
    const from = inBase(currency);
    return from === null || own === null ? null : from / own;
  };
}

/** An amount in the currency of the company, for sorting and bars; 0 where no rate is known. */
export function inOwn(minor: bigint | number | null, factor: number | null): number {
  return Math.round(Number(minor ?? 0) * (factor ?? 0));
}

export function ownCurrencyOf(run: Kept): Currency | null {
  return comparedAtOf(run)?.currency ?? null;
}

/** What a person is told of it: which rates, of which days, and of which currencies of the run there is none. */
export function comparedOf(run: RunRecord, groups: readonly RunSum[]): BillingRunDetail['compared'] {
  const at = comparedAtOf(run);
  if (at === null) return null;
  const factorOf = factorsOf(run);
  const used = new Set(groups.map(({ currency }) => currency));
  const isForeign = [...used].some((currency) => currency !== at.currency && factorOf(currency) !== null);
  const base = BASE_OF_SOURCE[at.source];
  const rates = at.rates
    .filter(({ currency }) => isForeign && (used.has(currency) || currency === at.currency))
    .map(({ currency, rate, day }) =>
      at.source === 'ECB' ? { of: base, rate, in: currency, day } : { of: currency, rate, in: base, day },
    );
  const invoices = groups.filter((group) => isInvoice(group) && factorOf(group.currency) !== null);
  const count = invoices.reduce((sum, { row_count: rows }) => sum + rows, 0);
  const gross = invoices.reduce((sum, of) => sum + inOwn(of.gross_minor, factorOf(of.currency)), 0);
  return {
    currency: at.currency,
    rates,
    without: [...used].filter((currency) => factorOf(currency) === null).toSorted(),
    average: count === 0 ? null : { amountMinor: String(Math.round(gross / count)), currency: at.currency },
  };
}

function isInvoice({ document_type: type, state }: RunSum): boolean {
  return type === 'invoice' && (state === 'ready' || state === 'posted');
}
