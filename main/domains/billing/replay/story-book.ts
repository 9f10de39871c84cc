import type { Currency } from '../../../../shared/kernel/money.ts';
import { CURRENCIES } from '../../../../shared/kernel/money.ts';
import { multiply, ratio, ratioFrom, type Ratio } from '../../../../shared/kernel/ratio.ts';
import { roundRatio } from '../../../../shared/kernel/rounding.ts';
import type { ChargedLine } from '../../../../shared/domains/billing/rating-lines.ts';

/** One document: the lines of a charging run, or what is taken back of one invoice. */
interface BookedDocument {
  readonly netMinor: bigint;
  readonly vatMinor: bigint;
}

interface BookedInvoice extends BookedDocument {
  creditedNetMinor: bigint;
  creditedVatMinor: bigint;
}

/**
 * The books of one customer of a story, in memory: invoices, credit notes, payments and what is owed.
 *
 * A posting is an invoice of what it charges and a credit note for each invoice that it takes something back from. Lines are nets rounded
 * to minor units; VAT is rounded once for each document, on the sum of its nets (EN 16931). The credit note that takes the last of an
 * invoice has the VAT that is left of it, so that credits never come to more than their invoice, to the cent.
 */
export class StoryBook {
  /** What the customer owes, VAT included; negative is a credit. */
  balanceMinor = 0n;
  /** Total of the credit notes of the last posting that made any, VAT included. */
  creditTotalMinor: bigint | null = null;
  private readonly vatRate: Ratio;
  private readonly currency: Currency;
  private readonly invoices: BookedInvoice[] = [];
  private readonly invoiceOfLine = new Map<string, BookedInvoice>();

  constructor(currency: Currency, vatPercent: string | null) {
    this.currency = currency;
    this.vatRate = multiply(ratioFrom(vatPercent ?? '0'), ratio(1, 100));
  }

  post(lines: readonly ChargedLine[]): void {
    const charges = lines.filter(({ amountMinor }) => amountMinor > 0n);
    const credits = lines.filter(({ amountMinor }) => amountMinor < 0n);
    if (charges.length > 0) this.invoice(charges);
    if (credits.length === 0) return;
    this.creditTotalMinor = 0n;
    const byInvoice = Map.groupBy(credits, (line) => this.invoiceOf(line));
    for (const [invoice, ofInvoice] of byInvoice) {
      const note = this.creditNote(invoice, -sumOf(ofInvoice));
      this.creditTotalMinor += note.netMinor + note.vatMinor;
      this.balanceMinor -= note.netMinor + note.vatMinor;
    }
  }

  /** What posting these would credit, VAT included; posts nothing. */
  wouldCreditMinor(lines: readonly ChargedLine[]): bigint | null {
    const credits = lines.filter(({ amountMinor }) => amountMinor < 0n);
    if (credits.length === 0) return null;
    const byInvoice = Map.groupBy(credits, (line) => this.invoiceOf(line));
    return [...byInvoice].reduce((total, [invoice, ofInvoice]) => {
      const netMinor = -sumOf(ofInvoice);
      return total + netMinor + this.creditVat(invoice, netMinor);
    }, 0n);
  }

  pay(amountMinor: bigint): void {
    this.balanceMinor -= amountMinor;
  }

  private invoice(lines: readonly ChargedLine[]): void {
    const netMinor = sumOf(lines);
    const vatMinor = this.vatOf(netMinor);
    const invoice = { netMinor, vatMinor, creditedNetMinor: 0n, creditedVatMinor: 0n };
    this.invoices.push(invoice);
    for (const line of lines) {
      this.invoiceOfLine.set(line.key, invoice);
      this.invoiceOfLine.set(placeOf(line), invoice);
    }
    this.balanceMinor += netMinor + vatMinor;
  }

  private creditNote(invoice: BookedInvoice | undefined, netMinor: bigint): BookedDocument {
    const vatMinor = this.creditVat(invoice, netMinor);
    if (invoice !== undefined) {
      invoice.creditedNetMinor += netMinor;
      invoice.creditedVatMinor += vatMinor;
    }
    return { netMinor, vatMinor };
  }

  private creditVat(invoice: BookedInvoice | undefined, netMinor: bigint): bigint {
    const vatMinor = this.vatOf(netMinor);
    if (invoice === undefined) return vatMinor;
    const left = invoice.vatMinor - invoice.creditedVatMinor;
    const takesAll = invoice.creditedNetMinor + netMinor >= invoice.netMinor;
    return takesAll || vatMinor > left ? left : vatMinor;
  }

  /** A credit names the line it is of; usage that shrank is of the line with the same component and period. */
  private invoiceOf(line: ChargedLine): BookedInvoice | undefined {
    return this.invoiceOfLine.get(line.of ?? placeOf(line));
  }

  private vatOf(netMinor: bigint): bigint {
    const digits = CURRENCIES[this.currency];
    return roundRatio(multiply(this.vatRate, ratio(netMinor, 10n ** BigInt(digits))), digits);
  }
}

function sumOf(lines: readonly ChargedLine[]): bigint {
  return lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

function placeOf(line: ChargedLine): string {
  return `${line.subscriptionId} ${line.planId} ${line.component} ${line.from} ${line.toExclusive}`;
}
