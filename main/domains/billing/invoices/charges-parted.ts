import { isSameVat, type TaxedSo } from '../../../../shared/domains/billing/vat-key-rules.ts';
import { money, moneyToDecimalText } from '../../../../shared/kernel/money.ts';
import { vatWords } from './invoices-before.ts';
import type { UnbilledCharge } from '../charges/charge-store.ts';
import type { ProductTerms } from './invoicing-terms.ts';
import type { InvoicedRepair, RepairsOfInvoice } from './repair-credits.ts';

/** Repairs that a credit note settles, and why no invoice does. */
export interface RepairsAside extends RepairsOfInvoice {
  /** Of the invoice it takes from. */
  readonly number: string;
  /** A clause: `its VAT was S 23 %, and is AE now`. */
  readonly reason: string;
}

/** How it is taxed now, and the state that is owed to. */
type Vat = Pick<ProductTerms['vat'], 'category' | 'rate'> & Pick<InvoicedRepair, 'owedIn'>;

/**
 * A repair is a line of the next invoice where that is taxed as the invoice it repairs; else its VAT could only be corrected by a credit note of that
 * one (Directive 2006/112/EC, art. 90 and 219). And an invoice below zero is none: then all repairs of what was invoiced are credited.
 */
export function partedCharges(
  charges: readonly UnbilledCharge[],
  of: {
    readonly repairs: ReadonlyMap<string, InvoicedRepair>;
    /** How what is charged is taxed now. */
    readonly vatOf: (charge: UnbilledCharge) => Vat;
    /** What an invoice of these comes to: the lesser of its net and its gross. */
    readonly minorOf: (charges: readonly UnbilledCharge[]) => bigint;
  },
): {
  readonly invoiced: readonly UnbilledCharge[];
  readonly asideIds: readonly string[];
  readonly credits: readonly RepairsAside[];
} {
  const { repairs, vatOf } = of;
  if (!charges.some(({ id }) => repairs.has(id))) return { invoiced: charges, asideIds: [], credits: [] };
  const fits = charges.filter((charge) => isTaxedAs(repairs.get(charge.id), vatOf(charge)));
  const minor = of.minorOf(fits);
  const invoiced = minor < 0n ? charges.filter(({ id }) => !repairs.has(id)) : fits;
  const kept = new Set(invoiced);
  const { currency = 'EUR' } = charges[0] ?? {};
  const over = `${moneyToDecimalText(money(-minor, currency))} ${currency}`;
  const aside = charges.flatMap((charge) => {
    const repair = kept.has(charge) ? undefined : repairs.get(charge.id);
    return repair === undefined ? [] : [{ id: charge.id, repair, vat: vatOf(charge) }];
  });
  const credits = [...Map.groupBy(aside, ({ repair }) => repair.invoiceId).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { repair } = first;
    const other = group.find((each) => !isTaxedAs(each.repair, each.vat));
    const reason =
      other === undefined ? `${over} more is given back than is charged` : changeOf(other.repair, other.vat);
    const chargeIds = group.map(({ id }) => id);
    return [{ invoiceId: repair.invoiceId, number: repair.number, chargeIds, reason }];
  });
  return { invoiced, asideIds: aside.map(({ id }) => id), credits };
}

function isTaxedAs(repair: InvoicedRepair | undefined, vat: Vat): boolean {
  if (repair === undefined) return true;
  // Two states may have one rate.
  return isSameVat(repair, taxed(vat)) && (vat.category !== 'S' || repair.owedIn === vat.owedIn);
}

function changeOf(repair: InvoicedRepair, vat: Vat): string {
  const [then, now] = [vatWords([repair]), vatWords([taxed(vat)])];
  const isElsewhere = then === now;
  return isElsewhere
    ? `its VAT was owed in ${repair.owedIn}, and is owed in ${vat.owedIn} now`
    : `its VAT was ${then}, and is ${now} now`;
}

const taxed = ({ category, rate }: Vat): TaxedSo => ({ vatCategory: category, vatRate: rate });
