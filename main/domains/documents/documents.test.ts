import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { PAPER_KINDS } from '../../../shared/domains/documents/paper-kinds.ts';
import { invoiceLine } from '../../../shared/domains/billing/invoice-contract.ts';
import { ACCOUNT_ENTRY_KINDS } from '../../../shared/domains/billing/ledger-rules.ts';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  openBillingRoom,
  pressOptions,
  sell,
  testCompany,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { readPdf } from '../../testing/pdf-text.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { unprotect } from '../../testing/unprotect.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import { createPdfPress } from '../../platform/pdf/pdf-press.ts';
import { documentHash } from '../billing/billing-public.ts';
import { paymentReverse } from '../payments/payment-reverse.ts';
import { paperWords } from './paper-pen.ts';

afterAll(closePressForTest);

const august = { periodStart: '2026-08-31', periodEndExclusive: '2026-09-01' };
const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' };

/** A customer with 12.30 invoiced for August, 20.00 paid, and September charged. */
async function trading(
  room: BillingRoom,
  language: 'en' | 'pl' | 'cs',
): Promise<{ customerId: string; paymentId: string; invoiceId: string }> {
  const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-08-31', customer: { language } });
  await closeDays(room, '2026-08-31', '2026-10-01');
  const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...august });
  const { paymentId } = await room.call('payments.paymentRecord', {
    customerId,
    amount: { amountMinor: '2000', currency: 'PLN' },
    receivedOn: '2026-10-01',
    reference: 'MT940 1/77',
  });
  return { customerId, paymentId, invoiceId };
}

async function words(room: BillingRoom, documentId: string): Promise<string> {
  const { base64 } = await room.call('documents.documentPdf', { documentId });
  const { pages } = await readPdf(Buffer.from(base64, 'base64'));
  expect(pages).toHaveLength(1);
  return pages.join('\n').replaceAll('\u00a0', ' ');
}

async function json(room: BillingRoom, documentId: string): Promise<Record<string, unknown>> {
  return JSON.parse((await room.call('documents.documentJson', { documentId })).json) as Record<
    string,
    unknown
  >;
}

describeOnBothStores('documents that post nothing', (stores) => {
  it('say what they are of on one page, under numbers of their own, and post nothing', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, paymentId, invoiceId } = await trading(room, 'pl');
    const before = await room.call('billing.trialBalance', {});

    const proForma = await room.call('documents.proFormaIssue', { customerId, ...september });
    expect(proForma).toMatchObject({ number: 'PRO 2026/10/0001', amount: { amountMinor: '38130' } });
    expect(await words(room, proForma.documentId)).toEqual(
      expect.stringMatching(/Faktura pro forma[^]*381,30 PLN/),
    );
    // Days as Polish has them, of lines, too.
    const said = await json(room, proForma.documentId);
    expect(said).toMatchObject({ edition: 2, lines: [{ detail: '01–30.09.2026' }] });

    const receipt = await room.call('documents.receiptIssue', { paymentId });
    expect(await room.call('documents.receiptIssue', { paymentId })).toEqual(receipt);
    expect(await json(room, receipt.documentId)).toMatchObject({
      form: 'receipt-1',
      number: 'RCT 2026/10/0001',
      amountMinor: '2000',
      allocations: [{ invoiceId, amountMinor: '1230' }],
      unallocatedMinor: '770',
    });
    expect(await words(room, receipt.documentId)).toContain('dwadzieścia złotych 00/100');

    const act = await room.call('documents.serviceActIssue', { customerId, ...august });
    expect(await words(room, act.documentId)).toMatch(/Protokół wykonania usług[^]*12,30 PLN/);
    expect(await json(room, act.documentId)).toMatchObject({ lines: [{ detail: '31.08.2026' }] });
    const none = await room.refused('documents.serviceActIssue', { customerId, ...september });
    expect(none.code).toBe('nothing-supplied');

    const contract = await room.call('documents.contractIssue', { customerId, clauses: ['Kopie co noc.'] });
    expect(await words(room, contract.documentId)).toMatch(/Plan vm-1[^]*310,00[^]*6\. Kopie co noc\./);

    const year = { periodStart: '2026-01-01', periodEndExclusive: '2026-10-02' };
    const statement = await room.call('documents.statementIssue', { customerId, ...year });
    expect(await json(room, statement.documentId)).toMatchObject({
      openingMinor: '0',
      entries: [
        { kind: 'invoice', words: 'FV 2026/10/0001', amountMinor: '1230', balanceMinor: '1230' },
        { kind: 'payment', words: 'MT940 1/77', amountMinor: '-2000', balanceMinor: '-770' },
      ],
      closingMinor: '-770',
    });
    expect(await words(room, statement.documentId)).toContain('Nadpłata na Państwa rzecz');

    const reconciled = await room.call('documents.reconciliationIssue', { customerId });
    expect(await json(room, reconciled.documentId)).toMatchObject({
      items: [{ kind: 'payment', openMinor: '-770' }],
      totalMinor: '-770',
    });
    expect(await words(room, reconciled.documentId)).toContain('Potwierdzenie salda');

    expect(await room.call('billing.trialBalance', {})).toEqual(before);
    // Each of them is drawn again to the same bytes, by an engine that has drawn none of them, too; and is kept under a hash of what it says.
    const fresh = createPdfPress(pressOptions);
    const another = billingRoom(room.store, { press: fresh });
    for (const kind of PAPER_KINDS) {
      const { rows, total } = await room.call('documents.documentList', { query: `kind:${kind}` });
      expect([kind, total]).toEqual([kind, 1]);
      const { id: documentId = '', number } = rows[0] ?? {};
      const first = await room.call('documents.documentPdf', { documentId });
      expect(await another.call('documents.documentPdf', { documentId })).toEqual(first);
      const kept = await room.call('documents.documentJson', { documentId });
      expect(kept.sha256).toBe(createHash('sha256').update(kept.json).digest('hex'));
      const verified = async () => (await room.call('billing.ledgerVerify', {})).problems;
      expect(await verified()).toEqual([]);
      await unprotect(room, 'paper');
      const paper = sql`update paper set document = replace(document, 'Klient', 'Klientka') where id = ${documentId}`;
      await paper.execute(room.store.tables());
      expect(await verified()).toEqual([`Document ${number}: it does not fit its hash.`]);
      const back = sql`update paper set document = replace(document, 'Klientka', 'Klient') where id = ${documentId}`;
      await back.execute(room.store.tables());
    }
    await fresh.close();
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('a pro forma becomes its invoice once, and only while it comes to the same', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await trading(room, 'cs');
    const { documentId } = await room.call('documents.proFormaIssue', { customerId, ...september });
    const made = await room.call('documents.proFormaInvoice', { documentId });
    expect(made).toMatchObject({ number: 'FV 2026/10/0002', gross: { amountMinor: '38130' } });
    expect(await room.refused('documents.proFormaInvoice', { documentId })).toEqual({
      code: 'invoiced-before',
      facts: { number: 'PRO 2026/10/0001', invoice: 'FV 2026/10/0002' },
    });
    expect(await room.call('documents.documentGet', { documentId })).toMatchObject({
      invoice: { number: 'FV 2026/10/0002' },
    });
    const early = { customerId, ...september, issuedOn: '2026-09-30' };
    expect((await room.refused('documents.statementIssue', { ...early, issuedOn: '2026-10-02' })).code).toBe(
      'date-in-future',
    );
    await room.call('documents.statementIssue', { customerId, ...september });
    expect((await room.refused('documents.statementIssue', early)).code).toBe('date-before-last');
    const ahead = { periodStart: '2026-10-01', periodEndExclusive: '2026-10-03' };
    const reversed = { periodStart: '2026-10-01', periodEndExclusive: '2026-10-01' };
    for (const [name, period, code] of [
      ['documents.statementIssue', ahead, 'day-ahead'],
      ['documents.statementIssue', reversed, 'no-period'],
      ['documents.serviceActIssue', ahead, 'day-ahead'],
      ['documents.serviceActIssue', reversed, 'no-period'],
      ['documents.reconciliationIssue', { asOf: '2026-10-02' }, 'day-ahead'],
    ] as const) {
      const refusal = await room.refused(name, { customerId, ...period } as never);
      expect([name, refusal.code]).toEqual([name, code]);
    }
    const numbers = await Promise.all(
      [1, 2, 3].map(async () => (await room.call('documents.reconciliationIssue', { customerId })).number),
    );
    expect(numbers.toSorted()).toEqual(['REC 2026/10/0001', 'REC 2026/10/0002', 'REC 2026/10/0003']);
    await sql`insert into paper_series (company_id, kind, year, last_seq, last_issued_on)
      select company_id, 'contract', 2026, 2, '2026-10-01' from paper limit 1`.execute(room.store.tables());
    expect((await room.call('billing.ledgerVerify', {})).problems).toEqual([
      'Documents (contract) of 2026: 2 numbers were allotted, 0 are there.',
    ]);
  });
});

describeOnBothStores('a receipt', (stores) => {
  it('is not left of a payment that is taken back at the same time', async () => {
    const address = await stores.newAddress();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    await room.call('billing.companySave', testCompany);
    const two =
      stores.kind === 'postgres' ? billingRoom(await stores.openAlso(address, billingSchema)) : room;
    const { paymentId } = await trading(room, 'en');
    const [, refusal] = await whileOpen(
      room.store,
      async (trx) => await paymentReverse(room.parts, { paymentId, reason: 'It bounced' }, room.context(trx)),
      async () => await two.refused('documents.receiptIssue', { paymentId }),
    );
    expect(refusal.code).toBe('payment-reversed');
    expect((await room.call('documents.documentList', {})).total).toBe(0);
  });
});

describeOnBothStores('a receipt of what was paid ahead', (stores) => {
  it('names the advance invoices it stands on, less what was credited of them, and foots', async () => {
    const room = await openBillingRoom(stores);
    const { paymentId, invoiceId } = await trading(room, 'en');
    const lines = (grossMinor: string) => [{ description: 'Advance', grossMinor }];
    const kept = await room.call('payments.advanceIssue', { paymentId, lines: lines('500') });
    const gone = await room.call('payments.advanceIssue', { paymentId, lines: lines('100') });
    const reason = 'Paid back';
    await room.call('billing.advanceCredit', { invoiceId: kept.invoiceId, grossMinor: '200', reason });
    await room.call('billing.advanceCredit', { invoiceId: gone.invoiceId, reason });
    const { documentId, number } = await room.call('documents.receiptIssue', { paymentId });
    expect(await json(room, documentId)).toMatchObject({
      allocations: [{ invoiceId, amountMinor: '1230' }],
      advances: [{ invoiceId: kept.invoiceId, number: kept.number, amountMinor: '300' }],
      unallocatedMinor: '470',
    });
    expect(await words(room, documentId)).toMatch(/12\.30[^]*FZ 2026\/10\/0001[^]*3\.00[^]*4\.70/);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    await unprotect(room, 'paper');
    const { json: said } = await room.call('documents.documentJson', { documentId });
    const text = said.replace('"unallocatedMinor":"470"', '"unallocatedMinor":"471"');
    await sql`update paper set document = ${text}, hash = ${documentHash(text)} where id = ${documentId}`.execute(
      room.store.tables(),
    );
    expect((await room.call('billing.ledgerVerify', {})).problems).toEqual([
      `Receipt ${number}: what it says of the payment does not come to it.`,
    ]);
  });
});

describe('the words of papers', () => {
  it('are the same words in each language', () => {
    const folder = join(import.meta.dirname, '../../../resources/layouts');
    const english = Object.keys(paperWords(folder, 'en'));
    expect(Object.keys(paperWords(folder, 'pl'))).toEqual(english);
    expect(Object.keys(paperWords(folder, 'cs'))).toEqual(english);
    // Of whatever can stand on a customer's account, and of every VAT category that is not told by its rate.
    const kinds = ACCOUNT_ENTRY_KINDS.map((kind) => `kind.${kind}`);
    const rates = invoiceLine.shape.vatCategory.options.filter(
      (category) => category !== 'S' && category !== 'Z',
    );
    expect(english).toEqual(expect.arrayContaining([...kinds, ...rates.map((each) => `rate.${each}`)]));
  });
});
