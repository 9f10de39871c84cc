import { createHash } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import type { OutputOf } from '../../../shared/contract/operation.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { billUntilKilled } from '../../testing/billing-child-process.ts';
import {
  billingRoom,
  billingSchema,
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
  type BillingRoom,
  type Sold,
} from '../../testing/billing-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { billingExceptions, invoiceHits, moneyOverview } from './billing-public.ts';
import type { BillingTables } from './billing-tables.ts';

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
    const room = await openBillingRoom(stores);
    const { customerId } = await billedSeptember(room);
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
    const room = await openBillingRoom(stores);
    const { customerId, subscriptionId } = await billedSeptember(room);
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
    const room = await openBillingRoom(stores);
    const { customerId } = await billedSeptember(room);
    const refused = await room.refused('billing.invoiceCreate', { customerId, ...september, ...fields });
    expect(refused).toMatchObject({ code, facts });
    expect((await room.call('billing.invoiceList', {})).total).toBe(0);
  });

  it('copies who sells and who buys: what changes later changes nothing in it', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await billedSeptember(room);
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const before = await room.call('billing.invoiceGet', { invoiceId });
    const pdf = await room.call('billing.invoicePdf', { invoiceId });
    await room.call('billing.companySave', {
      ...testCompany,
      name: 'Other S.A.',
      iban: 'PL10105000997603123456789123',
      numberFormat: 'X {year}-{seq}',
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

  it('is final: the database refuses to change or remove it', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await billedSeptember(room);
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

describeOnBothStores('numbers of invoices', (stores) => {
  const customersOf = async (room: BillingRoom, count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let at = 1; at <= count; at++) {
      ids.push((await sell(room, { vm: `vm-${at}`, startsOn: '2026-09-29' })).customerId);
    }
    await closeDays(room, '2026-09-29', '2026-10-01');
    return ids;
  };

  it('issued at once, for one customer twice and for others: no gap, none twice, nothing billed twice', async () => {
    const room = await openBillingRoom(stores);
    const ids = await customersOf(room, 6);
    const answers = await Promise.allSettled(
      [...ids, ...ids].map(
        async (customerId) => await room.call('billing.invoiceCreate', { customerId, ...september }),
      ),
    );
    const numbers = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.number] : []));
    expect(numbers.toSorted()).toEqual(Array.from({ length: 6 }, (_, at) => `FV 2026/10/000${at + 1}`));
    const refusals = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [String(answer.reason)] : [],
    );
    expect(refusals).toHaveLength(6);
    expect(refusals.every((reason) => reason.includes('nothing-to-invoice'))).toBe(true);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({
      ok: true,
      invoices: 6,
      problems: [],
    });
  });

  it('run in the order of dates', async () => {
    const room = await openBillingRoom(stores);
    const ids = await customersOf(room, 3);
    room.setNow('2026-10-10T08:00:00Z');
    const issue = async (at: number, issuedOn: string): Promise<string> =>
      (await room.call('billing.invoiceCreate', { customerId: ids[at] ?? '', ...september, issuedOn }))
        .number;
    expect(await issue(0, '2026-10-05')).toBe('FV 2026/10/0001');
    const early = { customerId: ids[1] ?? '', ...september, issuedOn: '2026-10-04' };
    expect(await room.refused('billing.invoiceCreate', early)).toEqual({
      code: 'date-before-last',
      facts: { lastDate: '2026-10-05' },
    });
    expect(await issue(1, '2026-10-05')).toBe('FV 2026/10/0002');
    expect(await issue(2, '2026-10-10')).toBe('FV 2026/10/0003');
  });

  it('begin anew each year', async () => {
    const room = await openBillingRoom(stores);
    const ids = await customersOf(room, 3);
    room.setNow('2027-01-02T08:00:00Z');
    const issue = async (at: number, issuedOn: string): Promise<string> =>
      (await room.call('billing.invoiceCreate', { customerId: ids[at] ?? '', ...september, issuedOn }))
        .number;
    expect(await issue(0, '2026-12-31')).toBe('FV 2026/12/0001');
    expect(await issue(1, '2027-01-01')).toBe('FV 2027/01/0001');
    expect(await issue(2, '2026-12-31')).toBe('FV 2026/12/0002');
    const page = await room.call('billing.invoiceList', { sort: 'number', direction: 'asc' });
    expect(page.rows.map(({ number }) => number)).toEqual([
      'FV 2026/12/0001',
      'FV 2026/12/0002',
      'FV 2027/01/0001',
    ]);
  });

  it('engines killed while they issue leave no gap, and the next one issues the rest', async () => {
    const address = await stores.newAddress();
    const first = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    await first.call('billing.companySave', testCompany);
    await customersOf(first, 8);
    await first.store.close();
    const endings: string[] = [];
    for (const killAt of [1, 3, 2, 99]) {
      endings.push(await billUntilKilled(address, 'invoices', killAt));
      const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
      expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
      await room.store.close();
    }
    expect(endings).toEqual(['killed', 'killed', 'killed', 'done']);
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    const { rows } = await room.call('billing.invoiceList', { sort: 'number', direction: 'asc' });
    expect(rows.map(({ number }) => number)).toEqual(
      Array.from({ length: 8 }, (_, at) => `FV 2026/10/000${at + 1}`),
    );
    expect(new Set(rows.map(({ customerId }) => customerId)).size).toBe(8);
  }, 120_000);
});

describeOnBothStores('invoices in lists and on the overview', (stores) => {
  const fill = async (): Promise<BillingRoom> => {
    const room = await openBillingRoom(stores);
    const sold: Sold[] = [];
    for (const [at, currency] of (['PLN', 'EUR', 'PLN'] as const).entries()) {
      const price = { currency, perMonth: String((at + 1) * 300) };
      sold.push(await sell(room, { vm: `vm-${at + 1}`, startsOn: '2026-09-01', price }));
    }
    await closeDays(room, '2026-09-01', '2026-09-02');
    await room.call('billing.invoiceCreate', {
      customerId: sold[0]?.customerId ?? '',
      periodStart: '2026-09-01',
      periodEndExclusive: '2026-09-02',
    });
    return room;
  };

  it('the list finds what a query says', async () => {
    const room = await fill();
    const queries: readonly (readonly [query: string, total: number])[] = [
      ['', 1],
      ['state:open', 1],
      ['state:overdue', 0],
      ['customer:vm-1', 1],
      ['customer:vm-2', 0],
      ['number:0001', 1],
      ['"FV 2026"', 1],
      ['issued:2026-10', 1],
      ['currency:EUR', 0],
    ];
    for (const [query, total] of queries) {
      for (const sort of ['number', 'issued', 'due', 'customer', 'gross'] as const) {
        const page = await room.call('billing.invoiceList', { query, sort });
        expect([query, page.total, page.rows.length]).toEqual([query, total, total]);
      }
    }
  });

  it('are overdue the day after they were due', async () => {
    const room = await fill();
    const overdue = async (): Promise<number> =>
      (await room.call('billing.invoiceList', { query: 'state:overdue' })).total;
    const exceptions = async (): Promise<unknown[]> => {
      const nowMs = await room.parts.nowMs(room.store.tables());
      return (await billingExceptions(room.store.tables(), nowMs)).map(({ key, count }) => [key, count]);
    };
    room.setNow('2026-10-15T21:59:00Z');
    expect(await overdue()).toBe(0);
    room.setNow('2026-10-15T22:00:00Z');
    expect(await overdue()).toBe(1);
    // 44 days are over since the first of September, one is closed.
    expect(await exceptions()).toEqual([
      ['invoices-overdue', 1],
      ['days-not-closed', 44],
    ]);
    // The company is Polish: its own currency comes first.
    const [money] = await moneyOverview(room.store.tables(), await room.parts.nowMs(room.store.tables()));
    expect(money).toMatchObject({
      currency: 'PLN',
      receivables: { amountMinor: '1230' },
      overdue: { amountMinor: '1230' },
    });
  });

  it('revenue is by month of supply and currency; a month is final when all its days are closed', async () => {
    const room = await fill();
    room.setNow('2026-10-03T08:00:00Z');
    await closeDays(room, '2026-09-02', '2026-10-03');
    const money = await moneyOverview(room.store.tables(), await room.parts.nowMs(room.store.tables()));
    expect(
      money[0]?.months.map(({ receivables, overdue }) => [receivables.amountMinor, overdue.amountMinor]),
    ).toEqual([
      ['0', '0'],
      ['1230', '0'],
    ]);
    expect(
      money.map(({ currency, months }) => [
        currency,
        months.map((of) => [of.month, of.revenueNet.amountMinor, of.final]),
      ]),
    ).toEqual([
      // 300 and 900 a month: 1.935… and 5.806… a day.
      [
        'PLN',
        [
          ['2026-09', '120000', true],
          ['2026-10', '7741', false],
        ],
      ],
      [
        'EUR',
        [
          ['2026-09', '60000', true],
          ['2026-10', '3871', false],
        ],
      ],
    ]);
    expect(money.map(({ receivables }) => receivables.amountMinor)).toEqual(['1230', '0']);
  });

  it('are found by number and by customer', async () => {
    const room = await fill();
    for (const text of ['0001', 'klient VM-1']) {
      expect(await invoiceHits(room.store.tables(), text, 5)).toMatchObject([
        { kind: 'invoice', title: 'FV 2026/10/0001', subtitle: 'Klient vm-1 · 2026-10-01 · 12.30 PLN' },
      ]);
    }
  });
});
