import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import {
  convertedMinor,
  rateWanted,
  vatCurrencyOf,
} from '../../../shared/domains/billing/exchange-rate-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { BillingTables } from './billing-tables.ts';
import { quotesBetween, rateOn } from './exchange-rates.ts';
import type { InvoiceBody } from './invoice-document.ts';

type Rate = Awaited<ReturnType<typeof rateOn>>;
export type RateLookup = (asked: Parameters<typeof rateOn>[1]) => Promise<Rate>;

/** Looks rates up, each once: for invoices that are drafted together. */
export function rateLookup(db: Kysely<BillingTables>): RateLookup {
  const found = new Map<string, Promise<Rate>>();
  return async (asked) => {
    const key = `${asked.source} ${asked.currency} ${asked.latest}`;
    const known = found.get(key) ?? rateOn(db, asked);
    found.set(key, known);
    return await known;
  };
}

type National = NonNullable<InvoiceBody['vatNational']>;

/**
 * The VAT of a body in the currency of the seller's state (EN 16931 BT-111; directive 2006/112/EC, Art. 230); nothing where it is owed
 * in the currency of the document, or where no VAT is owed there.
 */
export async function nationalVat(
  body: Pick<InvoiceBody, 'seller' | 'currency' | 'vatLines' | 'notes'>,
  taxPoint: LocalDate,
  rateOf: RateLookup,
): Promise<Outcome<Pick<InvoiceBody, 'vatNational'>, 'rate-missing'>> {
  const currency = vatCurrencyOf(body.seller.country, taxPoint);
  const vatMinor = body.vatLines.reduce((sum, line) => sum + BigInt(line.vatMinor), 0n);
  // What is declared through the one-stop shop is declared in euros to another state.
  if (body.notes.includes('one-stop-shop')) return done({});
  if (currency === body.currency || vatMinor === 0n) return done({});
  const { source, latest } = rateWanted(currency, taxPoint);
  const found = await quotesBetween(rateOf, { source, latest, from: body.currency, to: currency });
  if ('missing' in found) {
    return refuse('rate-missing', { source, currency: found.currency, day: found.missing });
  }
  const { quotes, day } = found;
  const converted = convertedMinor(vatMinor, body.currency, quotes);
  return done({ vatNational: { currency, vatMinor: converted.toString(), source, day, quotes } });
}

/** The part of it that a credit note takes back: at the rate of its invoice, cumulative, so that the parts come to the whole. */
export function nationalVatOfCredit(
  invoiced: National | undefined,
  of: { readonly currency: string; readonly beforeMinor: bigint; readonly nowMinor: bigint },
): Pick<InvoiceBody, 'vatNational'> {
  if (invoiced === undefined) return {};
  const at = (minor: bigint): bigint => convertedMinor(minor, of.currency, invoiced.quotes);
  const vatMinor = at(of.beforeMinor) - at(of.beforeMinor + of.nowMinor);
  return { vatNational: { ...invoiced, vatMinor: vatMinor.toString() } };
}
