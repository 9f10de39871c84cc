import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import { billingCopies } from '../../../testing/billing-copies.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
  type BillingRoom,
  type Sold,
} from '../../../testing/billing-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;

/** One metered VM for September, every day of it closed. */
async function billedSeptember(
  room: BillingRoom,
  customer: Parameters<typeof sell>[1]['customer'] = {},
): Promise<Sold> {
  const sold = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01', customer });
  await room.meter('vm-1', { from: '2026-09-01', toExclusive: '2026-10-01', vcpus: 2, memoryMib: 4096 });
  await closeDays(room, '2026-09-01', '2026-10-01');
  return sold;
}

type Preview = OutputOf<typeof billingContract.invoicePreview>;
const amounts = (of: Pick<Preview, 'net' | 'vat' | 'gross'>): string[] =>
  [of.net, of.vat, of.gross].map(({ amountMinor }) => amountMinor);

describeOnBothStores('an invoice', (stores) => {
  const billedRoom = billingCopies(stores, billedSeptember);

  it('says what was supplied, its VAT on the sum, and what is owed; the preview says the same and makes nothing', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await billedSeptember(room, {
      language: 'pl',
      vatId: 'PL5260250995',
      city: 'Kraków',
    });
    const preview = await room.call('billing.invoicePreview', { customerId, ...september });
    expect(
      preview.lines.map((line) => [
        line.description,
        line.quantity,
        line.unit,
        line.unitPrice,
        line.net.amountMinor,
      ]),
    ).toEqual([
      ['Serwer wirtualny Plan vm-1, vm-1', '1', 'mies.', '310', '31000'],
      ['Czas procesora vm-1', '1440', 'vCPU h', '0.0125', '1800'],
      ['Pamięć vm-1', '2880', 'GiB h', '0.004', '1152'],
    ]);
    expect(amounts(preview)).toEqual(['33952', '7809', '41761']);
    expect((await room.call('billing.invoiceList', {})).total).toBe(0);

    const made = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect(made).toMatchObject({
      number: 'FV 2026/10/0001',
      gross: { amountMinor: '41761', currency: 'PLN' },
    });
    const invoice = await room.call('billing.invoiceGet', { invoiceId: made.invoiceId });
    expect(invoice).toMatchObject({
      number: 'FV 2026/10/0001',
      issuedOn: '2026-10-01',
      dueOn: '2026-10-15',
      periodStart: '2026-09-01',
      periodEndExclusive: '2026-10-01',
      lines: preview.lines,
      vatLines: [{ vatCategory: 'S', vatRate: '23', note: '' }],
      notes: [],
      seller: { name: testCompany.name, vatId: 'PL5252344078', iban: 'PL61 1090 1014 0000 0712 1981 2874' },
      buyer: { name: 'Klient vm-1', vatId: 'PL5260250995', city: 'Kraków' },
      open: { amountMinor: '41761', currency: 'PLN' },
      overdue: false,
    });
    expect(amounts(invoice)).toEqual(amounts(preview));
  });

  it('is posted once: unbilled becomes receivable, VAT is owed', async () => {
    const { room, filled } = await billedRoom();
    const { customerId } = filled;
    await room.call('billing.invoiceCreate', { customerId, ...september });
    const balances = async (asOf?: string): Promise<string[][]> =>
      (await room.call('billing.trialBalance', asOf === undefined ? {} : { asOf })).rows.map((row) => [
        row.account,
        row.debit.amountMinor,
        row.credit.amountMinor,
      ]);
    expect(await balances('2026-09-30')).toEqual([
      ['unbilled', '33952', '0'],
      ['revenue', '0', '33952'],
    ]);
    expect(await balances()).toEqual([
      ['receivables', '41761', '0'],
      ['unbilled', '0', '0'],
      ['vat-payable', '0', '7809'],
      ['revenue', '0', '33952'],
    ]);
    expect(await room.refused('billing.invoiceCreate', { customerId, ...september })).toMatchObject({
      code: 'nothing-to-invoice',
      facts: { customer: 'Klient vm-1' },
    });
    expect(await balances()).toHaveLength(4);
    expect(await room.call('customers.customerGet', { customerId })).toMatchObject({
      balance: { amountMinor: '41761', currency: 'PLN' },
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({
      ok: true,
      invoices: 1,
      problems: [],
    });
  });

  it('takes each charge once: two halves of a month are the month', async () => {
    const { room, filled } = await billedRoom();
    const { customerId, subscriptionId } = filled;
    const half = { periodStart: '2026-09-01', periodEndExclusive: '2026-09-15' };
    const first = await room.call('billing.invoiceCreate', { customerId, ...half });
    const second = await room.call('billing.invoiceCreate', { customerId, ...september });
    const both = await Promise.all(
      [first, second].map(async ({ invoiceId }) => await room.call('billing.invoiceGet', { invoiceId })),
    );
    expect(both.map(({ lines }) => lines.map((line) => line.quantity))).toEqual([
      ['14/30', '672', '1344'],
      ['16/30', '768', '1536'],
    ]);
    const nets = both.map(({ net }) => Number(net.amountMinor));
    expect(nets).toEqual([15_845, 33_952 - 15_845]);
    const { rows } = await room.call('billing.chargeList', { subscriptionId });
    expect(new Set(rows.map(({ invoiceId }) => invoiceId))).toEqual(
      new Set([first.invoiceId, second.invoiceId]),
    );
  });

  it('has a line per VM, component and month', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, planId } = await sell(room, { vm: 'vm-b', startsOn: '2026-08-30' });
    await room.addVm('vm-a');
    await room.call('billing.subscriptionStart', {
      customerId,
      planId,
      vmId: 'vm-a',
      startsOn: '2026-09-29',
    });
    await closeDays(room, '2026-08-30', '2026-10-01');
    const period = { periodStart: '2026-08-01', periodEndExclusive: '2026-10-01' };
    const { lines } = await room.call('billing.invoicePreview', { customerId, ...period });
    expect(lines.map((line) => [line.description, line.detail, line.quantity, line.net.amountMinor])).toEqual(
      [
        ['Virtual server Plan vm-b, vm-a', '29–30 Sep 2026', '2/30', '2067'],
        ['Virtual server Plan vm-b, vm-b', '30–31 Aug 2026', '2/31', '2000'],
        ['Virtual server Plan vm-b, vm-b', '1–30 Sep 2026', '1', '31000'],
      ],
    );
  });

  describe('VAT', () => {
    it.each([
      ['at home', { country: 'PL' }, 'S', '23', '7130', /^$/],
      [
        'reverse charge',
        { country: 'CZ', vatId: 'CZ27082440' },
        'AE',
        '0',
        '0',
        /Reverse charge.*odwrotne obciążenie/,
      ],
      ['outside the EU', { country: 'CH' }, 'O', '0', '0', /Outside the scope/],
    ] as const)('%s', async (_what, customer, vatCategory, vatRate, vat, note) => {
      const room = await openBillingRoom(stores);
      const sold = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01', customer });
      await closeDays(room, '2026-09-01', '2026-10-01');
      const preview = await room.call('billing.invoicePreview', {
        customerId: sold.customerId,
        ...september,
      });
      expect(preview.vatLines).toMatchObject([{ vatCategory, vatRate, vat: { amountMinor: vat } }]);
      expect(preview.notes.join(' ')).toMatch(note);
      const { invoiceId } = await room.call('billing.invoiceCreate', {
        customerId: sold.customerId,
        ...september,
      });
      expect((await room.call('billing.invoiceGet', { invoiceId })).notes).toEqual(preview.notes);
      expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
    });

    it.each([
      ['a private person in another member state', { kind: 'person', country: 'DE' }, /one-stop shop/],
      ['a company there without a VAT id', { country: 'DE' }, /without a VAT id/],
    ] as const)('is refused for %s, and no number is used', async (_what, customer, reason) => {
      const room = await openBillingRoom(stores);
      const { customerId } = await billedSeptember(room, customer);
      for (const operation of ['billing.invoicePreview', 'billing.invoiceCreate'] as const) {
        const refused = await room.refused(operation, { customerId, ...september });
        expect(refused).toMatchObject({
          code: 'vat-unclear',
          facts: { reason: expect.stringMatching(reason) as string },
        });
      }
      const vatId = 'DE136695976';
      const company = { customerId, name: 'Klient vm-1', country: 'DE', currency: 'PLN', vatId } as const;
      await room.call('customers.customerSave', company);
      const made = await room.call('billing.invoiceCreate', { customerId, ...september });
      expect(made.number).toBe('FV 2026/10/0001');
    });
  });

  it.each([
    ['an unknown customer', { customerId: 'cus_x' }, 'no-such-customer', {}],
    ['a day that is open', { periodEndExclusive: '2026-10-02' }, 'period-open', { day: '2026-10-01' }],
    [
      'a period that begins after the last closed day',
      { periodStart: '2026-10-05', periodEndExclusive: '2026-10-06' },
      'period-open',
      { day: '2026-10-05' },
    ],
    [
      'a period without days',
      { periodStart: '2026-09-10', periodEndExclusive: '2026-09-10' },
      'nothing-to-invoice',
      {},
    ],
    [
      'a period before the first day',
      { periodStart: '2026-07-01', periodEndExclusive: '2026-08-01' },
      'nothing-to-invoice',
      {},
    ],
    ['a date in the future', { issuedOn: '2026-10-02' }, 'date-in-future', { today: '2026-10-01' }],
  ])('is refused for %s', async (_what, fields, code, facts) => {
    const { room, filled } = await billedRoom();
    const { customerId } = filled;
    const refused = await room.refused('billing.invoiceCreate', { customerId, ...september, ...fields });
    expect(refused).toMatchObject({ code, facts });
    expect((await room.call('billing.invoiceList', {})).total).toBe(0);
  });

  it('copies who sells and who buys: what changes later changes nothing in it', async () => {
    const { room, filled } = await billedRoom();
    const { customerId } = filled;
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const before = await room.call('billing.invoiceGet', { invoiceId });
    const pdf = await room.call('billing.invoicePdf', { invoiceId });
    await room.call('billing.companySave', {
      ...testCompany,
      name: 'Other S.A.',
      accounts: [{ currency: 'PLN', iban: 'PL10105000997603123456789123', bic: '' }],
    });
    await room.call('customers.customerSave', {
      customerId,
      name: 'Renamed',
      country: 'PL',
      currency: 'PLN',
      language: 'cs',
    });
    expect(await room.call('billing.invoiceGet', { invoiceId })).toEqual(before);
    expect((await room.call('billing.invoicePdf', { invoiceId })).sha256).toBe(pdf.sha256);
  });

  it('is to be paid to the account of its currency; without one it is refused', async () => {
    const room = await openBillingRoom(stores);
    const { customerId: inEuros } = await sell(room, {
      vm: 'vm-1',
      startsOn: '2026-09-30',
      customer: { currency: 'EUR' },
      price: { currency: 'EUR' },
    });
    await room.call('billing.companySave', {
      ...testCompany,
      vatScheme: 'exempt',
      accounts: [
        { currency: 'PLN', iban: 'PL61109010140000071219812874', bic: '' },
        { currency: 'EUR', iban: 'PL10105000997603123456789123', bic: '' },
      ],
    });
    await closeDays(room, '2026-09-30', '2026-10-01');
    const day = { periodStart: '2026-09-30', periodEndExclusive: '2026-10-01' } as const;
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId: inEuros, ...day });
    expect((await room.call('billing.invoiceGet', { invoiceId })).seller.iban).toBe(
      'PL10 1050 0099 7603 1234 5678 9123',
    );
    await room.call('billing.companySave', { ...testCompany, accounts: testCompany.accounts.slice(0, 1) });
    const zloty = await sell(room, { vm: 'vm-2', startsOn: '2026-10-01' });
    room.setNow('2026-10-02T08:00:00Z');
    await closeDays(room, '2026-10-01', '2026-10-02');
    const next = { periodStart: '2026-10-01', periodEndExclusive: '2026-10-02' } as const;
    for (const name of ['billing.invoiceCreate', 'documents.proFormaIssue'] as const) {
      expect(await room.refused(name, { customerId: zloty.customerId, ...next })).toEqual({
        code: 'account-missing',
        facts: { customer: 'Klient vm-2', company: testCompany.name, currency: 'PLN' },
      });
    }
    expect((await room.call('billing.invoiceList', {})).total).toBe(1);
  });

  it('is final: the database refuses to change or remove it', async () => {
    const { room, filled } = await billedRoom();
    const { customerId } = filled;
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    await room.call('billing.invoicePdf', { invoiceId });
    const db = room.store.tables<BillingTables>();
    for (const table of ['invoice', 'invoice_charge', 'invoice_file'] as const) {
      await expect(db.deleteFrom(table).execute()).rejects.toThrow();
    }
    await expect(db.updateTable('invoice').set({ gross_minor: 1 }).execute()).rejects.toThrow();
    const row = await db.selectFrom('invoice_charge').selectAll().executeTakeFirstOrThrow();
    await expect(db.insertInto('invoice_charge').values(row).execute()).rejects.toMatchObject({
      kind: 'unique',
    });
  });

  it('gives its pages with the hash of the day of issue, and others in other languages', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await billedSeptember(room, { language: 'cs' });
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const { pdfSha256 } = await room.call('billing.invoiceGet', { invoiceId });
    const pdf = await room.call('billing.invoicePdf', { invoiceId });
    const bytes = Buffer.from(pdf.base64, 'base64');
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('%PDF-1.7');
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(pdfSha256);
    expect(pdf).toMatchObject({ fileName: 'FV-2026-10-0001.pdf', sha256: pdfSha256 });
    const polish = await room.call('billing.invoicePdf', { invoiceId, language: 'pl' });
    expect(polish.fileName).toBe('FV-2026-10-0001-pl.pdf');
    expect(polish.sha256).not.toBe(pdfSha256);
    expect(await room.refused('billing.invoicePdf', { invoiceId: 'inv_x' })).toMatchObject({
      code: 'no-such-invoice',
    });
    expect(await room.refused('billing.invoiceGet', { invoiceId: 'inv_x' })).toMatchObject({
      code: 'no-such-invoice',
    });
  });
});
