import type { AccountEntryKind } from '../../../shared/domains/billing/ledger-rules.ts';
import type { PaperKind } from '../../../shared/domains/documents/paper-kinds.ts';
import type { LocalDate, Period } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import type { DocumentLanguage, InvoiceBody, ProductGross } from '../billing/billing-public.ts';

/** How papers look that are issued now: days as each language has them, names of tax numbers, BIC. What was issued keeps the edition it has. */
export const PAPER_EDITION = 2 as const;

/** What every paper says. Amounts are minor units as text; what it says never changes. */
interface Common {
  /** Of the layout; absent: the first. */
  readonly edition?: typeof PAPER_EDITION;
  readonly number: string;
  readonly issuedOn: LocalDate;
  readonly language: DocumentLanguage;
  readonly seller: InvoiceBody['seller'];
  readonly buyer: InvoiceBody['buyer'];
  readonly account: InvoiceBody['account'];
  readonly currency: Currency;
}

/** A line in words, as it was supplied or is to be. */
export interface PaperLine {
  readonly description: string;
  readonly detail: string;
  readonly quantity: string;
  readonly unit: string;
  readonly unitPrice: string;
  readonly netMinor: string;
  readonly vatCategory: InvoiceBody['vatLines'][number]['vatCategory'];
  readonly vatRate: string;
}

export interface Totals {
  readonly netMinor: string;
  readonly vatMinor: string;
  readonly grossMinor: string;
}

/** Asks for payment of what an invoice will say. */
export interface ProForma extends Common, Totals {
  readonly form: 'pro-forma-1';
  readonly dueOn: LocalDate;
  readonly period: Period;
  readonly lines: readonly PaperLine[];
  readonly vatLines: InvoiceBody['vatLines'];
  /** What is asked for, by products; absent of those issued before this was kept. */
  readonly ofProducts?: readonly ProductGross[];
  /** The same of those: only which. Absent of those issued before VAT took products one by one. */
  readonly productIds?: readonly string[];
  /** Only these were asked for, whatever else was charged; absent: all that was. */
  readonly onlyOf?: readonly string[];
  /** Sentences that the invoice will carry. */
  readonly notes: readonly string[];
}

export interface Receipt extends Common {
  readonly form: 'receipt-1';
  readonly payment: {
    readonly paymentId: string;
    readonly receivedOn: LocalDate;
    readonly reference: string;
  };
  readonly amountMinor: string;
  readonly allocations: readonly {
    readonly invoiceId: string;
    readonly number: string;
    readonly amountMinor: string;
  }[];
  /** Advance invoices for it, less what was credited of them; absent: none. */
  readonly advances?: Receipt['allocations'];
  /** What stood on no invoice on the day of issue, nor on an advance invoice. */
  readonly unallocatedMinor: string;
}

export interface ServiceAct extends Common, Totals {
  readonly form: 'service-act-1';
  readonly period: Period;
  /** `source` is the number of the invoice or credit note that the line stands on. */
  readonly lines: readonly (PaperLine & { readonly source: string })[];
}

export interface ServiceContract extends Common {
  readonly form: 'contract-1';
  readonly services: readonly {
    readonly subscriptionId: string;
    readonly plan: string;
    readonly vm: string;
    readonly startsOn: LocalDate;
    /** Per month; null where the plan charges by the period. */
    readonly perMonth: string | null;
  }[];
  readonly paymentDays: number;
  readonly noticeDays: number;
  readonly clauses: readonly string[];
}

export interface Statement extends Common {
  readonly form: 'statement-1';
  readonly period: Period;
  readonly openingMinor: string;
  readonly entries: readonly {
    readonly bookedOn: LocalDate;
    readonly kind: AccountEntryKind;
    readonly words: string;
    readonly amountMinor: string;
    readonly balanceMinor: string;
  }[];
  readonly closingMinor: string;
  readonly dueOn: LocalDate;
}

export interface Reconciliation extends Common {
  readonly form: 'reconciliation-1';
  readonly asOf: LocalDate;
  readonly items: readonly {
    readonly kind: 'invoice' | 'payment';
    readonly number: string;
    readonly day: LocalDate;
    readonly dueOn: LocalDate | null;
    /** Above 0: the customer owes it; below 0: it is owed to the customer. */
    readonly openMinor: string;
  }[];
  readonly totalMinor: string;
}

export type Paper = ProForma | Receipt | ServiceAct | ServiceContract | Statement | Reconciliation;

/** A paper before it has its number, which is the last that it gets. */
export type PaperDraft = Paper extends infer P ? (P extends Paper ? Omit<P, 'number'> : never) : never;

export const FORM_OF_KIND: Readonly<Record<PaperKind, Paper['form']>> = {
  'pro-forma': 'pro-forma-1',
  receipt: 'receipt-1',
  'service-act': 'service-act-1',
  contract: 'contract-1',
  statement: 'statement-1',
  reconciliation: 'reconciliation-1',
};
