import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { exchangeOf, exchangePostings } from '../../../../shared/domains/billing/exchange-posting-rules.ts';
import { rateWanted, vatCurrencyOf } from '../../../../shared/domains/billing/exchange-rate-rules.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import { dayAt } from '../../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText, type Currency } from '../../../../shared/kernel/money.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, InvoiceTable } from '../billing-tables.ts';
import { closedBooks } from '../companies/company-books.ts';
import { companyById, type CompanyRow } from '../companies/company-store.ts';
import { quotesBetween } from './exchange-rates.ts';
import { documentById, openMinorOf } from '../invoices/invoice-store.ts';
import { post } from './ledger-store.ts';
import { rateLookup } from '../invoices/vat-national.ts';

type Operation = typeof billingContract.exchangeRecord;
type Input = InputOf<Operation>;
type Answer = Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>;
type Db = Kysely<BillingTables>;
type Row = BillingTables['exchange'];

/** Settles an invoice by money of another currency; the invoice is locked, so that it is settled once. */
export async function exchangeRecord(
  parts: BillingParts,
  input: Input,
  context: CallContext,
): Promise<Answer> {
  const db = context.tables<BillingTables>();
  const { invoiceId, paid, receivedOn, reference } = input;
  const invoice = await documentById(db, invoiceId, parts.kind);
  if (invoice === undefined) return refuse('no-such-invoice', { invoiceId });
  const { number, currency } = invoice;
  context.subject(`${number} of ${invoice.customer_name}`);
  const known = await db
    .selectFrom('exchange')
    .selectAll()
    .where('company_id', '=', invoice.company_id)
    .where('reference', '=', reference)
    .executeTakeFirst();
  if (known !== undefined) return await repeated(db, known, input);
  if (invoice.document_type !== 'invoice') return refuse('not-an-invoice', { number });
  if (paid.currency === currency) return refuse('same-currency', { number, currency });
  const company = await companyById(db, invoice.company_id);
  const nowMs = await parts.nowMs(db);
  const today = dayAt(nowMs, company.time_zone);
  if (receivedOn > today) return refuse('date-in-future', { receivedOn, today });
  if (receivedOn < invoice.issued_on) {
    const facts = { number, customer: invoice.customer_name, receivedOn, invoiceDate: invoice.issued_on };
    return refuse('date-before-invoice', facts);
  }
  const open = await openMinorOf(db, invoiceId);
  if (open <= 0n) return refuse('nothing-open', { number });
  const { source, latest } = rateWanted(vatCurrencyOf(company.country, receivedOn), receivedOn);
  const found = await quotesBetween(rateLookup(db), { source, latest, from: paid.currency, to: currency });
  if ('missing' in found) {
    return refuse('rate-missing', {
      number,
      paid: paid.currency,
      source,
      currency: found.currency,
      day: found.missing,
    });
  }
  const made = exchangeOf({
    paidMinor: BigInt(paid.amountMinor),
    from: paid.currency,
    quotes: found.quotes,
    openMinor: open,
    settlesAll: input.settles === 'open',
  });
  if (made.settledMinor > open) {
    const words = (minor: bigint): string => `${moneyToDecimalText(money(minor, currency))} ${currency}`;
    return refuse('more-than-open', { number, open: words(open), converted: words(made.convertedMinor) });
  }
  const closed = await closedBooks(db, [
    { companyId: company.id, bookedOn: receivedOn, memo: reference, customerId: invoice.customer_id },
  ]);
  if (closed !== undefined) return refuse('books-closed', closed);
  const id = newId('xch', nowMs);
  const row = {
    id,
    company_id: company.id,
    customer_id: invoice.customer_id,
    invoice_id: invoice.id,
    reference,
    received_on: receivedOn,
    paid_currency: paid.currency,
    paid_minor: Number(made.paidMinor),
    currency,
    converted_minor: Number(made.convertedMinor),
    settled_minor: Number(made.settledMinor),
    rate_source: source,
    rate_day: found.day,
    quotes: JSON.stringify(found.quotes),
    recorded_at_ms: nowMs,
  };
  const entries = await postBoth(db, { company, invoice, row });
  await db
    .insertInto('exchange')
    .values({ ...row, ...entries })
    .execute();
  await context.note('invoice', invoice.id);
  return done(answerOf({ ...row, ...entries }, { already: false, openMinor: open - made.settledMinor }));
}

async function postBoth(
  db: Db,
  of: {
    readonly company: CompanyRow;
    readonly invoice: InvoiceTable;
    readonly row: Omit<Row, 'paid_entry_id' | 'settled_entry_id'>;
  },
): Promise<Pick<Row, 'paid_entry_id' | 'settled_entry_id'>> {
  const { company, invoice, row } = of;
  const lines = exchangePostings({
    paidMinor: BigInt(row.paid_minor),
    convertedMinor: BigInt(row.converted_minor),
    settledMinor: BigInt(row.settled_minor),
  });
  const both = {
    companyId: company.id,
    bookedOn: row.received_on,
    kind: 'exchange',
    memo: `${invoice.number} paid in ${row.paid_currency}: ${row.reference}`,
    customerId: invoice.customer_id,
    postedAtMs: row.recorded_at_ms,
  } as const;
  const paidEntryId = await post(db, {
    ...both,
    currency: row.paid_currency,
    source: `exchange ${row.id} paid`,
    lines: lines.paid,
  });
  const settledEntryId = await post(db, {
    ...both,
    currency: row.currency,
    source: `exchange ${row.id} settled`,
    lines: lines.settled,
    documentId: invoice.id,
  });
  return { paid_entry_id: paidEntryId, settled_entry_id: settledEntryId };
}

async function repeated(db: Db, known: Row, input: Input): Promise<Answer> {
  const isSame =
    known.invoice_id === input.invoiceId &&
    known.paid_currency === input.paid.currency &&
    String(known.paid_minor) === input.paid.amountMinor &&
    known.received_on === input.receivedOn;
  if (!isSame) return refuse('reference-taken', { reference: input.reference });
  return done(answerOf(known, { already: true, openMinor: await openMinorOf(db, known.invoice_id) }));
}

function answerOf(
  row: Row,
  of: { readonly already: boolean; readonly openMinor: bigint },
): OutputOf<Operation> {
  const wire = (minor: bigint): { amountMinor: string; currency: Currency } => ({
    amountMinor: minor.toString(),
    currency: row.currency,
  });
  return {
    exchangeId: row.id,
    already: of.already,
    converted: wire(BigInt(row.converted_minor)),
    settled: wire(BigInt(row.settled_minor)),
    difference: wire(BigInt(row.settled_minor) - BigInt(row.converted_minor)),
    source: row.rate_source,
    day: row.rate_day,
    open: wire(of.openMinor),
  };
}
