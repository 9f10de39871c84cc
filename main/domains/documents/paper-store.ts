import { sql, type Expression, type Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import { invoiceNumber } from '../../../shared/domains/billing/invoice-number-rules.ts';
import type {
  documentsContract,
  PaperDetail,
  PaperRow,
} from '../../../shared/domains/documents/documents-contract.ts';
import type { VatCategory } from '../../../shared/domains/billing/vat-rules.ts';
import { PAPER_KINDS, type PaperKind } from '../../../shared/domains/documents/paper-kinds.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { MoneyWire } from '../../../shared/kernel/money.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { forNoKeyUpdate } from '../../platform/store/for-update.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import { canonicalJson } from '../../platform/store/canonical-json.ts';
import {
  billingTables,
  companyById,
  companyFieldsOf,
  documentHash,
  documentNumbers,
} from '../billing/billing-public.ts';
import { suppliesOf } from '../catalog/catalog-public.ts';
import type { DocumentsTables, PaperTable } from './documents-tables.ts';
import type { PaperDraft, ProForma } from './paper-forms.ts';
import { stillAskedMinor } from './pro-forma-asked.ts';

type Db = Kysely<DocumentsTables>;
type List = typeof documentsContract.documentList;

export interface NewPaper {
  readonly kind: PaperKind;
  readonly companyId: string;
  readonly customerId: string;
  readonly draft: PaperDraft;
  readonly amountMinor: bigint;
  readonly subjectId?: string;
  readonly issuedAtMs: number;
}

/**
 * Gives a paper the next number of its series and keeps it, in the caller's transaction: the series is held until it ends, so numbers have
 * no gap and run in date order.
 */
export async function insertPaper(
  trx: Db,
  made: NewPaper,
): Promise<Outcome<{ readonly id: string; readonly number: string }, 'date-before-last' | 'number-taken'>> {
  const { kind, companyId, draft } = made;
  const year = Number(draft.issuedOn.slice(0, 4));
  await trx
    .insertInto('paper_series')
    .values({
      company_id: companyId,
      kind,
      year,
      last_seq: 0,
      last_issued_on: draft.issuedOn,
      number_format: null,
    })
    .onConflict((conflict) => conflict.columns(['company_id', 'kind', 'year']).doNothing())
    .execute();
  const series = trx
    .updateTable('paper_series')
    .where('company_id', '=', companyId)
    .where('kind', '=', kind)
    .where('year', '=', year);
  const before = await series
    .set({ last_seq: sql`last_seq + 1` })
    .returning(['last_seq', 'last_issued_on', 'number_format'])
    .executeTakeFirstOrThrow();
  if (draft.issuedOn < before.last_issued_on) {
    return refuse('date-before-last', { lastDate: before.last_issued_on });
  }
  // All numbers of a year are of the format of its first one, which is read behind the lock.
  const format = before.number_format ?? (await companyFormat(trx, companyId, kind));
  await series.set({ last_issued_on: draft.issuedOn, number_format: format }).execute();
  const seq = before.last_seq;
  const number = invoiceNumber(format, draft.issuedOn, seq);
  if (await isTaken(trx, companyId, number)) return refuse('number-taken', { number });
  const document = canonicalJson({ ...draft, number });
  const id = newId('doc', made.issuedAtMs);
  await trx
    .insertInto('paper')
    .values({
      id,
      company_id: companyId,
      kind,
      year,
      seq,
      number,
      customer_id: made.customerId,
      customer_name: draft.buyer.name,
      currency: draft.currency,
      issued_on: draft.issuedOn,
      amount_minor: Number(made.amountMinor),
      subject_id: made.subjectId ?? null,
      document,
      hash: documentHash(document),
      issued_at_ms: made.issuedAtMs,
    })
    .execute();
  return done({ id, number });
}

async function companyFormat(trx: Db, companyId: string, kind: PaperKind): Promise<string> {
  return companyFieldsOf(await companyById(billingTables(trx), companyId)).paperNumberFormats[kind];
}

/** Another kind once had that format. */
async function isTaken(trx: Db, companyId: string, number: string): Promise<boolean> {
  const taken = await trx
    .selectFrom('paper')
    .select('id')
    .where('company_id', '=', companyId)
    .where('number', '=', number)
    .executeTakeFirst();
  return taken !== undefined;
}

const fields: ListFields = {
  fields: {
    customer: { kind: 'text', column: sql.ref('customer_name') },
    customerid: { kind: 'word', column: sql.ref('customer_id') },
    number: { kind: 'text', column: sql.ref('number') },
    kind: { kind: 'word', column: sql.ref('kind'), values: PAPER_KINDS },
    issued: { kind: 'text', column: sql.ref('issued_on') },
    currency: { kind: 'word', column: sql.ref('currency') },
  },
  bare: [sql.ref('number'), sql.ref('customer_name')],
};

const sortKeys: Readonly<Record<InputOf<List>['sort'], Expression<unknown>>> = {
  number: sql.ref('number'),
  issued: sql.ref('issued_on'),
  customer: sql`lower(customer_name)`,
};

export async function paperList(db: Db, input: InputOf<List>): Promise<OutputOf<List>> {
  const filter = listQueryFilter(input.query, fields);
  const all = db.selectFrom('paper').selectAll('paper');
  const page = await keysetPage({
    query: filter === undefined ? all : all.where(filter),
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('paper.id'),
    page: input,
  });
  return { ...page, rows: page.rows.map(rowOf) };
}

/** One paper, locked until the transaction ends where `lock` names the kind of store. */
export async function paperById(db: Db, id: string, lock?: StoreKind): Promise<PaperTable | undefined> {
  const found = db.selectFrom('paper').selectAll().where('id', '=', id);
  return await (lock === undefined ? found : forNoKeyUpdate(found, lock)).executeTakeFirst();
}

export interface PaperAdvance {
  readonly invoiceId: string;
  readonly number: string;
  readonly grossMinor: bigint;
  /** Less what was credited of it. */
  readonly standingMinor: bigint;
  readonly vatCategory: VatCategory;
  readonly vatRate: string;
}

/** Advance invoices for what was paid on a pro forma, in order. */
export async function advancesOfPaper(db: Db, paperId: string): Promise<PaperAdvance[]> {
  const { rows } = await sql<{
    id: string;
    number: string;
    gross: number;
    credited: number;
    category: VatCategory;
    rate: string;
  }>`
    select invoice.id as id, invoice.number as number, invoice.gross_minor as gross,
      advance.vat_category as category, advance.vat_rate as rate, cast(coalesce((
      select sum(gross_minor) from advance_use
      where advance_use.advance_id = invoice.id and advance_use.kind = 'credit-note'), 0) as bigint) as credited
    from paper_advance join invoice on invoice.id = paper_advance.invoice_id
      join advance on advance.invoice_id = invoice.id
    where paper_id = ${paperId} order by invoice.year, invoice.seq`.execute(db);
  return rows.map(({ id, number, gross, credited, category, rate }) => ({
    invoiceId: id,
    number,
    grossMinor: BigInt(gross),
    standingMinor: BigInt(gross) - BigInt(credited),
    vatCategory: category,
    vatRate: rate,
  }));
}

export async function paperDetail(db: Db, id: string): Promise<PaperDetail | undefined> {
  const paper = await paperById(db, id);
  if (paper === undefined) return undefined;
  const became = await invoiceOf(db, id);
  const numbers = await documentNumbers(billingTables(db), became === undefined ? [] : [became]);
  const advances = await advancesOfPaper(db, id);
  const { currency } = paper;
  return {
    ...rowOf(paper),
    issuedAt: new Date(paper.issued_at_ms).toISOString(),
    hash: paper.hash,
    invoice: became === undefined ? null : { invoiceId: became, number: numbers.get(became) ?? '' },
    paymentId: paper.kind === 'receipt' ? paper.subject_id : null,
    ...(paper.kind === 'pro-forma' ? await leftOf(db, paper, advances) : { stillAsked: null, asks: [] }),
    advances: advances.map(({ invoiceId, number, grossMinor }) => ({
      invoiceId,
      number,
      gross: { amountMinor: grossMinor.toString(), currency },
    })),
  };
}

async function leftOf(
  db: Db,
  { document, currency }: PaperTable,
  advances: readonly PaperAdvance[],
): Promise<Pick<PaperDetail, 'stillAsked' | 'asks'>> {
  const proForma = JSON.parse(document) as ProForma;
  const { ofProducts } = await suppliesOf(db);
  const left = (productId?: string): MoneyWire => {
    const minor = stillAskedMinor(proForma, advances, productId);
    return { amountMinor: minor.toString(), currency };
  };
  return {
    stillAsked: left(),
    asks: (proForma.ofProducts ?? []).map(({ productId }) => ({
      productId,
      product: ofProducts.get(productId)?.product ?? '',
      stillAsked: left(productId),
    })),
  };
}

/** The invoice that a pro forma became. */
export async function invoiceOf(db: Db, paperId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('paper_invoice')
    .select('invoice_id')
    .where('paper_id', '=', paperId)
    .executeTakeFirst();
  return row?.invoice_id;
}

function rowOf(row: PaperTable): PaperRow {
  return {
    id: row.id,
    kind: row.kind,
    number: row.number,
    customerId: row.customer_id,
    customer: row.customer_name,
    issuedOn: row.issued_on,
    amount: { amountMinor: String(row.amount_minor), currency: row.currency },
  };
}
