import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import {
  convertedMinor,
  rateWanted,
  vatCurrencyOf,
} from '../../../../shared/domains/billing/exchange-rate-rules.ts';
import { vatKey } from '../../../../shared/domains/billing/vat-key-rules.ts';
import { isOwedAbroad } from '../../../../shared/domains/billing/vat-rules.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { BillingTables } from '../billing-tables.ts';
import { quotesBetween, rateOn } from '../ledger/exchange-rates.ts';
import type { DocumentVatLine, InvoiceBody, NationalPart } from './invoice-document.ts';

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
  if (body.notes.some(isOwedAbroad)) return done({});
  // Rates that come to nothing together are stated: a credit note may take one of them back alone.
  const isTaxed = body.vatLines.some((line) => BigInt(line.vatMinor) !== 0n);
  if (currency === body.currency || !isTaxed) return done({});
  const { source, latest } = rateWanted(currency, taxPoint);
  const found = await quotesBetween(rateOf, { source, latest, from: body.currency, to: currency });
  if ('missing' in found) {
    return refuse('rate-missing', { source, currency: found.currency, day: found.missing });
  }
  const { quotes, day } = found;
  const converted = convertedMinor(vatMinor, body.currency, quotes);
  return done({ vatNational: { currency, vatMinor: converted.toString(), source, day, quotes } });
}

/**
 * The part of it that a credit note takes back: of each rate what advances taxed first, each at its own exchange rates, then what the
 * invoice did. It is cumulative, so that the parts come to the whole; those of several exchange rates are stated one by one.
 *
 * @param of.before of the credit notes before, each of which takes back below 0
 * @param of.now of this one
 */
export function nationalVatOfCredit(
  invoice: Taxing,
  of: { readonly before: readonly VatStated[]; readonly now: readonly VatStated[] },
): Pick<InvoiceBody, 'vatNational'> {
  const before = takenOf(invoice, of.before);
  const after = takenOf(invoice, [...of.before, ...of.now]);
  const parts = taxedAtOf(invoice).flatMap(({ national, wholeMinor }, at): (NationalPart & National)[] => {
    if (national === undefined) return [];
    const [from = 0n, to = 0n] = [before[at], after[at]];
    const stated = (minor: bigint): bigint =>
      minor === wholeMinor
        ? BigInt(national.vatMinor)
        : convertedMinor(minor, invoice.currency, national.quotes);
    const vatMinor = (stated(from) - stated(to)).toString();
    return from === to ? [] : [{ ...national, ofMinor: (from - to).toString(), vatMinor }];
  });
  const [first, ...more] = parts;
  if (first === undefined) {
    const { vatNational } = invoice;
    return vatNational === undefined ? {} : { vatNational: { ...vatNational, vatMinor: '0' } };
  }
  const { ofMinor: _of, ...one } = first;
  if (more.length === 0) return { vatNational: one };
  const vatMinor = parts.reduce((sum, part) => sum + BigInt(part.vatMinor), 0n).toString();
  const said = parts.map(({ currency: _currency, ...part }) => part);
  return { vatNational: { ...one, vatMinor, parts: said } };
}

type Taxing = Pick<InvoiceBody, 'currency' | 'vatMinor' | 'vatLines' | 'vatNational' | 'settles'>;
type VatStated = Pick<DocumentVatLine, 'vatCategory' | 'vatRate' | 'vatMinor'>;

/** What taxed the VAT of an invoice: advances, in the order in which they are taken back, then the invoice itself. */
function taxedAtOf({ vatMinor, vatNational, settles = [] }: Taxing): {
  readonly wholeMinor: bigint;
  readonly national: National | undefined;
}[] {
  const advances = settles.map((part) => ({
    wholeMinor: BigInt(part.vatMinor),
    national: part.vatNational,
  }));
  const rest = advances.reduce((left, { wholeMinor }) => left - wholeMinor, BigInt(vatMinor));
  return [...advances, { wholeMinor: rest, national: vatNational }];
}

/** How much of each is in what credit notes took back, an advance being all of one rate: at all VAT of a rate, all of its advances. */
function takenOf({ vatLines, settles = [] }: Taxing, notes: readonly VatStated[]): bigint[] {
  const left = new Map<string, bigint>();
  for (const note of notes) left.set(vatKey(note), (left.get(vatKey(note)) ?? 0n) - BigInt(note.vatMinor));
  const whole = new Set(
    vatLines.filter((group) => left.get(vatKey(group)) === BigInt(group.vatMinor)).map(vatKey),
  );
  const advances = settles.map((part) => {
    const key = vatKey(part);
    const [ofRate, ofAdvance] = [left.get(key) ?? 0n, BigInt(part.vatMinor)];
    const taken = whole.has(key) || ofRate > ofAdvance ? ofAdvance : ofRate;
    left.set(key, ofRate - taken);
    return taken;
  });
  return [...advances, [...left.values()].reduce((sum, minor) => sum + minor, 0n)];
}
