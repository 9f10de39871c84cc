import { afterAll, expect, it } from 'vitest';
import type { CompanyFields } from '../../../../shared/domains/billing/company-contract.ts';
import { PAPER_NUMBERS } from '../../../../shared/domains/documents/paper-kinds.ts';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { billingSchema } from '../../../testing/billing-schema.ts';
import { describeOnBothStores, type StoreForTest } from '../../../testing/store-for-test.ts';
import { companyRowForBench } from '../../../testing/bench/company-row.ts';
import { whileOpen } from '../../../testing/two-at-once.ts';
import type { DocumentsTables } from '../../documents/documents-tables.ts';
import { reconciliationIssue } from '../../documents/reconciliation-issue.ts';
import type { BillingTables } from '../billing-tables.ts';
import { invoiceCreate } from '../invoices/invoice-create.ts';
import { billingNumberFormats } from '../schema/20261201T0600-billing-number-formats.ts';
import { companySave } from './company-save.ts';

afterAll(closePressForTest);

type Papers = CompanyFields['paperNumberFormats'];

const withPapers = (own: Partial<Papers>): CompanyFields => ({
  ...testCompany,
  paperNumberFormats: { ...PAPER_NUMBERS, ...own },
});
const SALDO = withPapers({ reconciliation: 'SALDO {year}-{seq}' });
const OTHER_INVOICES = { ...testCompany, numberFormat: 'RACH {year}-{seq}' };

/** A customer sold to from this day on, with three closed days. */
async function selling(room: BillingRoom, month: '2026-09' | '2026-12'): Promise<string> {
  const { customerId } = await sell(room, { vm: 'vm-1', startsOn: `${month}-26` });
  await closeDays(room, `${month}-26`, `${month}-29`);
  return customerId;
}

/** The invoice of one of those days. */
const ofDay = (customerId: string, day: string, next: string) => ({
  customerId,
  periodStart: localDate(day),
  periodEndExclusive: localDate(next),
});

const reconciled = async (room: BillingRoom, customerId: string, issuedOn?: string): Promise<string> => {
  const dated = issuedOn === undefined ? {} : { issuedOn, asOf: issuedOn };
  return (await room.call('documents.reconciliationIssue', { customerId, ...dated })).number;
};

const nextOf = async (room: BillingRoom, type: string) =>
  (await room.call('billing.companyNumbers', {})).rows.find((row) => row.type === type);

async function twoEngines(stores: StoreForTest): Promise<readonly [BillingRoom, BillingRoom]> {
  const address = await stores.newAddress(billingSchema);
  const one = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
  await one.call('billing.companySave', testCompany);
  const store = stores.kind === 'postgres' ? await stores.openAlso(address, billingSchema) : one.store;
  return [one, billingRoom(store)];
}

describeOnBothStores('formats of numbers', (stores) => {
  it('are the company’s, of papers too: changed before the first number, the first is of it', async () => {
    const room = await openBillingRoom(stores);
    const customerId = await selling(room, '2026-09');
    expect(await nextOf(room, 'reconciliation')).toEqual({
      type: 'reconciliation',
      format: 'REC {year}/{month}/{seq:4}',
      nextNumber: 'REC 2026/10/0001',
      isFixed: false,
    });
    await room.call('billing.companySave', { ...SALDO, numberFormat: OTHER_INVOICES.numberFormat });
    const { company } = await room.call('billing.companyGet', {});
    expect(company?.paperNumberFormats).toEqual(SALDO.paperNumberFormats);
    expect(await reconciled(room, customerId)).toBe('SALDO 2026-1');
    const invoice = await room.call('billing.invoiceCreate', ofDay(customerId, '2026-09-26', '2026-09-27'));
    expect(invoice.number).toBe('RACH 2026-1');
    expect(await nextOf(room, 'reconciliation')).toMatchObject({ nextNumber: 'SALDO 2026-2', isFixed: true });
    expect(await nextOf(room, 'invoice')).toMatchObject({ nextNumber: 'RACH 2026-2', isFixed: true });
    expect(await nextOf(room, 'receipt')).toMatchObject({ nextNumber: 'RCT 2026/10/0001', isFixed: false });
  });

  it('stay from the first number of a year to its end, and of what is dated in it for good', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-12-31T10:00:00Z');
    const customerId = await selling(room, '2026-12');
    const first = await room.call('documents.reconciliationIssue', { customerId });
    await room.call('billing.invoiceCreate', ofDay(customerId, '2026-12-26', '2026-12-27'));
    const pdf = await room.call('documents.documentPdf', { documentId: first.documentId });
    expect(await room.refused('billing.companySave', SALDO)).toEqual({
      code: 'format-in-use',
      facts: {
        documents: 'reconciliations',
        company: testCompany.name,
        year: '2026',
        format: 'REC {year}/{month}/{seq:4}',
        number: 'REC 2026/12/0001',
        from: '2027-01-01',
      },
    });
    expect(await room.refused('billing.companySave', OTHER_INVOICES)).toMatchObject({
      code: 'format-in-use',
      facts: { documents: 'invoices', number: 'FV 2026/12/0001', from: '2027-01-01' },
    });
    // What has no number yet may change beside it, and so may all else.
    await room.call('billing.companySave', {
      ...withPapers({ contract: 'UMOWA {year}/{seq}' }),
      city: 'Gdynia',
    });

    room.setNow('2027-01-02T10:00:00Z');
    await room.call('billing.companySave', { ...SALDO, numberFormat: OTHER_INVOICES.numberFormat });
    expect(await reconciled(room, customerId, '2026-12-31')).toBe('REC 2026/12/0002');
    expect(await reconciled(room, customerId)).toBe('SALDO 2027-1');
    const late = { ...ofDay(customerId, '2026-12-27', '2026-12-28'), issuedOn: '2026-12-31' };
    expect(await room.call('billing.invoiceCreate', late)).toMatchObject({ number: 'FV 2026/12/0002' });
    const now = ofDay(customerId, '2026-12-28', '2026-12-29');
    expect(await room.call('billing.invoiceCreate', now)).toMatchObject({ number: 'RACH 2027-1' });
    expect((await room.refused('billing.companySave', testCompany)).facts).toMatchObject({
      documents: 'invoices',
      from: '2028-01-01',
    });
    expect(await room.call('documents.documentPdf', { documentId: first.documentId })).toEqual(pdf);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it.each([
    ['a receipt as an invoice', { receipt: 'FV {seq}/{year}' }, 'invoices', 'receipts'],
    ['a contract as a statement', { contract: 'STM-{year}-{seq}' }, 'contracts', 'statements'],
  ])('of two types are apart: %s is refused', async (_what, own, first, second) => {
    const room = await openBillingRoom(stores);
    const alike = { code: 'formats-alike', facts: { first, second } };
    expect(await room.refused('billing.companySave', withPapers(own))).toMatchObject(alike);
    const another = { ...withPapers(own), vatId: 'PL1132191233' };
    expect(await room.refused('companies.companyAdd', another)).toMatchObject(alike);
    await expect(room.call('billing.companySave', withPapers({ receipt: 'KP {seq}' }))).rejects.toThrow(
      /lacks \{year\}/,
    );
  });

  it('that are alike from before keep nobody from another edit', async () => {
    const room = await openBillingRoom(stores);
    const number_format = 'PRO {year}/{seq}';
    await room.store.tables<BillingTables>().updateTable('company').set({ number_format }).execute();
    const edit = { ...testCompany, numberFormat: number_format, city: 'Gdynia' };
    expect(await room.call('billing.companySave', edit)).toEqual({});
    expect(
      await room.refused('billing.companySave', { ...edit, numberFormat: 'PRO {year}-{seq}' }),
    ).toMatchObject({ code: 'formats-alike' });
  });

  it('of a paper that would have another’s number is refused with it', async () => {
    const room = await openBillingRoom(stores);
    const customerId = await selling(room, '2026-09');
    await reconciled(room, customerId);
    const paper_number_formats = JSON.stringify({ contract: 'REC {year}/{month}/{seq:4}' });
    await room.store.tables<BillingTables>().updateTable('company').set({ paper_number_formats }).execute();
    expect(await room.refused('documents.contractIssue', { customerId, clauses: [] })).toEqual({
      code: 'number-taken',
      facts: { number: 'REC 2026/10/0001' },
    });
  });

  it('may change within the year where the next number is taken: there is no other way out', async () => {
    const room = await openBillingRoom(stores);
    const customerId = await selling(room, '2026-09');
    await room.call('billing.companySave', { ...testCompany, numberFormat: 'FV {year}/{seq}2' });
    const first = ofDay(customerId, '2026-09-26', '2026-09-27');
    expect(await room.call('billing.invoiceCreate', first)).toMatchObject({ number: 'FV 2026/12' });
    // As a store may be from the time when formats changed within a year.
    const series = room.store.tables<BillingTables>().updateTable('document_series');
    await series.set({ number_format: 'FV {year}/1{seq}' }).execute();
    const second = ofDay(customerId, '2026-09-27', '2026-09-28');
    expect(await room.refused('billing.invoiceCreate', second)).toEqual({
      code: 'number-taken',
      facts: { number: 'FV 2026/12' },
    });
    await room.call('billing.companySave', testCompany);
    expect(await room.call('billing.invoiceCreate', second)).toMatchObject({ number: 'FV 2026/10/0002' });
  });

  it('changed while the first paper is issued, or the other way round: a year is of one format', async () => {
    const [one, two] = await twoEngines(stores);
    const customerId = await selling(one, '2026-09');
    const changed = async (): Promise<string> =>
      await two.call('billing.companySave', SALDO).then(
        () => 'done',
        (error: unknown) => String(error),
      );
    const [issued, ending] = await whileOpen(
      one.store,
      async (trx) => await reconciliationIssue(one.parts, { customerId }, one.context(trx)),
      changed,
    );
    expect(issued).toMatchObject({ ok: true, value: { number: 'REC 2026/10/0001' } });
    if (ending !== 'done') expect(ending).toContain('format-in-use');
    expect(await reconciled(two, customerId)).toBe('REC 2026/10/0002');
    expect(await nextOf(two, 'reconciliation')).toMatchObject({ nextNumber: 'REC 2026/10/0003' });

    const { company } = await one.call('billing.companyGet', {});
    const papers = company?.paperNumberFormats ?? PAPER_NUMBERS;
    const withStatements = withPapers({ ...papers, statement: 'WYC {year}-{seq}' });
    const [saved, number] = await whileOpen(
      one.store,
      async (trx) => {
        return await companySave(one.parts, withStatements, one.context(trx));
      },
      async () => {
        const period = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' };
        return (await two.call('documents.statementIssue', { customerId, ...period })).number;
      },
    );
    expect(saved).toMatchObject({ ok: true });
    const isOld = number === 'STM 2026/10/0001';
    if (!isOld) expect(number).toBe('WYC 2026-1');
    expect(await nextOf(one, 'statement')).toMatchObject({
      nextNumber: isOld ? 'STM 2026/10/0002' : 'WYC 2026-2',
      isFixed: true,
    });
  });

  it('changed while the first invoice is issued: the next one is of the same series', async () => {
    const [one, two] = await twoEngines(stores);
    const customerId = await selling(one, '2026-09');
    const input = ofDay(customerId, '2026-09-26', '2026-09-27');
    const [issued] = await whileOpen(
      one.store,
      async (trx) => await invoiceCreate(one.parts, input, one.context(trx)),
      async () => await two.call('billing.companySave', OTHER_INVOICES).catch(() => undefined),
    );
    expect(issued).toMatchObject({ ok: true, value: { number: 'FV 2026/10/0001' } });
    const next = ofDay(customerId, '2026-09-27', '2026-09-28');
    expect(await two.call('billing.invoiceCreate', next)).toMatchObject({ number: 'FV 2026/10/0002' });
    expect(await one.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('of a store from before are those its years were numbered in', async () => {
    const address = await stores.newAddress();
    const before = billingSchema.slice(0, billingSchema.indexOf(billingNumberFormats));
    const { paper_number_formats: _notYet, ...company } = companyRowForBench('Europe/Warsaw');
    const older = await stores.openStoreForTest(before, { address });
    const db = older.tables<Record<string, Record<string, unknown>>>();
    await db.insertInto('company').values(company).execute();
    const series = { company_id: 'com_1', year: 2026, last_issued_on: '2026-08-01' };
    const documents = ['invoice', 'credit-note', 'advance-invoice'];
    await db
      .insertInto('document_series')
      .values(documents.map((type) => ({ ...series, document_type: type, last_seq: 1 })))
      .execute();
    await db
      .insertInto('paper_series')
      .values([
        { ...series, kind: 'receipt', last_seq: 4 },
        { ...series, kind: 'contract', last_seq: 0 },
      ])
      .execute();
    await older.close();
    const { store } = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    const kept = await store
      .tables<BillingTables>()
      .selectFrom('document_series')
      .select(['document_type', 'number_format'])
      .orderBy('document_type')
      .execute();
    expect(kept.map((row) => row.number_format)).toEqual([
      'ADV {year}/{month}/{seq:4}',
      'KOR {year}/{seq}',
      'FV {year}/{seq}',
    ]);
    const papers = store.tables<DocumentsTables>().selectFrom('paper_series').select('number_format');
    expect(await papers.orderBy('kind').execute()).toEqual([
      { number_format: null },
      { number_format: PAPER_NUMBERS.receipt },
    ]);
  });
});
