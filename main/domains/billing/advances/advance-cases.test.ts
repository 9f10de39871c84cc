import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { advanceLine, nbp, paidAhead, supplied, usesOf } from '../../../testing/advance-room.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { august, balances, inOrder, leftOf, september } from '../../../testing/money-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { unprotect } from '../../../testing/unprotect.ts';

afterAll(closePressForTest);

const RATES = { '2026-08-28': 4.2, '2026-09-09': 4.25, '2026-09-29': 4.3 };

/** `august` and `september` are invoiced; else so much of the advance of that place is credited, or all that is left. */
type Step = 'august' | 'september' | readonly [at: number, grossMinor?: string];

interface Case {
  readonly what: string;
  readonly currency?: 'EUR';
  readonly advances: readonly (readonly [grossMinor: string, receivedOn: string])[];
  readonly steps: readonly Step[];
  /** What is taken of each advance, in order. */
  readonly uses: readonly (readonly string[])[];
  /** What each invoice asks for. */
  readonly dues: readonly string[];
  /** What of each payment stands on nothing in the end. */
  readonly left: readonly string[];
  /** VAT that is owed in the end, and of that what no supply has yet. */
  readonly vat: readonly [payable: number, ofAdvances: number];
  /** VAT in złoty of the advances, and of what the steps issue. */
  readonly national?: readonly (string | undefined)[];
}

const CASES: readonly Case[] = [
  {
    what: 'used in part, and credited for the rest',
    advances: [['20000', '2026-08-31']],
    steps: ['august', [0], 'september'],
    uses: [['invoice 1230', 'credit-note 18770']],
    dues: ['0', '38130'],
    left: ['18770'],
    vat: [7360, 0],
  },
  {
    what: 'credited in part, and used up by two invoices',
    advances: [['20000', '2026-08-31']],
    steps: [[0, '5000'], 'august', 'september'],
    uses: [['credit-note 5000', 'invoice 1230', 'invoice 13770']],
    dues: ['0', '24360'],
    left: ['5000'],
    vat: [7360, 0],
  },
  {
    what: 'one of several, which are used oldest first, and only where their money had come',
    advances: [
      ['10000', '2026-09-20'],
      ['20000', '2026-08-31'],
      ['15000', '2026-09-05'],
    ],
    steps: ['august', 'september'],
    uses: [['invoice 10000'], ['invoice 1230', 'invoice 18770'], ['invoice 9360']],
    dues: ['0', '0'],
    left: ['0', '0', '0'],
    // 28.05 of VAT are in the 150.00 of the last, 17.50 in the 93.60 that are used.
    vat: [7360 + 1055, 1055],
  },
  {
    what: 'in euros, at the rate of the day before its money came; the invoice has the rest at its own',
    currency: 'EUR',
    advances: [
      ['12300', '2026-08-31'],
      ['6150', '2026-09-10'],
    ],
    steps: ['september'],
    uses: [['invoice 12300'], ['invoice 6150']],
    dues: ['19680'],
    left: ['0', '0'],
    vat: [7130, 0],
    // 23.00 × 4.20, 11.50 × 4.25, and (71.30 − 34.50) × 4.30.
    national: ['96.60', '48.88', '158.24'],
  },
  {
    what: 'in euros, used in part and credited for the rest: both parts at its rate come to what it said',
    currency: 'EUR',
    advances: [['12300', '2026-08-31']],
    steps: ['august', [0], 'september'],
    uses: [['invoice 1230', 'credit-note 11070']],
    dues: ['0', '38130'],
    left: ['11070'],
    vat: [7360, 0],
    // 96.60, nothing left to tax in August, 96.60 less 2.30 × 4.20, and 71.30 × 4.30.
    national: ['96.60', undefined, '-86.94', '306.59'],
  },
];

async function nationalOf(room: BillingRoom, invoiceId: string): Promise<string | undefined> {
  return (await room.call('billing.invoiceGet', { invoiceId })).vatNational?.amount;
}

/** Pays and documents what came ahead, one after another, and takes the steps; what came of it. */
async function played(room: BillingRoom, { advances, steps, ...of }: Case) {
  const currency = of.currency ?? 'PLN';
  await room.call('billing.exchangeRateImport', { content: nbp(RATES) });
  const { customerId } = await supplied(room, { currency, startsOn: '2026-08-31' });
  const payments: string[] = [];
  const issued: string[] = [];
  for (const [at, [amountMinor, receivedOn]] of advances.entries()) {
    const reference = `ahead ${at}`;
    const paymentId = await paidAhead(room, { customerId, amountMinor, receivedOn, reference, currency });
    const lines = [advanceLine(amountMinor)];
    issued.push((await room.call('payments.advanceIssue', { paymentId, lines })).invoiceId);
    payments.push(paymentId);
  }
  const ids = [...issued];
  const dues: string[] = [];
  for (const step of steps) {
    if (typeof step !== 'string') {
      const [at, grossMinor] = step;
      const asked = { invoiceId: issued[at] ?? '', reason: 'Paid back', ...(grossMinor && { grossMinor }) };
      ids.push((await room.call('billing.advanceCredit', asked)).creditNoteId);
      continue;
    }
    const period = step === 'august' ? august : september;
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...period });
    ids.push(invoiceId);
    dues.push((await room.call('billing.invoiceGet', { invoiceId })).due.amountMinor);
  }
  const uses = await Promise.all(issued.map(async (id) => await usesOf(room, id)));
  const left = await Promise.all(payments.map(async (id) => await leftOf(room, id)));
  return { uses, dues, left, national: await Promise.all(ids.map(async (id) => await nationalOf(room, id))) };
}

describeOnBothStores('an advance invoice', (stores) => {
  it.each(CASES)('$what', async (of) => {
    const room = await openBillingRoom(stores);
    const { national, ...made } = await played(room, of);
    expect(made).toEqual({ uses: of.uses, dues: of.dues, left: of.left });
    if (of.national !== undefined) expect(national).toEqual(of.national);
    const found = await balances(room);
    expect([-(found['vat-payable'] ?? 0), found['advance-vat']]).toEqual(of.vat);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('taxed at a rate that has changed since is left alone, and its money is put on the invoice once it is credited', async () => {
    const room = await openBillingRoom(stores);
    await room.call('billing.companySave', { ...testCompany, consumersAbroad: 'oss' });
    // Romania has 21 % in place of 19 % from August 2025 on.
    room.setNow('2025-09-01T08:00:00Z');
    const customer = { kind: 'person', country: 'RO' } as const;
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2025-08-01', customer });
    await closeDays(room, '2025-08-01', '2025-09-01');
    const paid = { customerId, amountMinor: '20000', receivedOn: '2025-07-20' };
    const paymentId = await paidAhead(room, paid);
    const lines = [advanceLine('20000')];
    const advance = await room.call('payments.advanceIssue', { paymentId, lines });
    const { invoiceId: advanceId, number } = advance;
    expect((await room.call('billing.invoiceGet', { invoiceId: advanceId })).vatLines).toMatchObject([
      { vatRate: '19', vat: { amountMinor: '3193' } },
    ]);
    const period = { customerId, periodStart: '2025-08-01', periodEndExclusive: '2025-09-01' };
    const preview = await room.call('billing.invoicePreview', period);
    expect(preview).toMatchObject({ settles: [], gross: { amountMinor: '37510' } });
    expect(preview.warnings).toContain(
      `200.00 PLN of the advance invoice ${number} is left alone: it is taxed at 19 %, which this invoice is not.`,
    );
    const { invoiceId } = await room.call('billing.invoiceCreate', period);
    await room.call('billing.advanceCredit', { invoiceId: advanceId, reason: 'The rate has changed' });
    const allocations = [{ invoiceId, amountMinor: '20000' }];
    await room.call('payments.paymentAllocate', { paymentId, allocations });
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({
      open: { amountMinor: '17510' },
    });
    expect(await balances(room)).toMatchObject({ 'advance-vat': 0, 'vat-payable': -6510, advances: 0 });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('stays used where the rest of its invoice is written off; a credit note takes that back first, and then frees what was paid', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await supplied(room);
    const paymentId = await paidAhead(room, { customerId, amountMinor: '20000' });
    const lines = [advanceLine('20000')];
    const { invoiceId: advanceId } = await room.call('payments.advanceIssue', { paymentId, lines });
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const over = { invoiceId, amountMinor: '18131', reason: 'Gone bankrupt' };
    expect(await room.refused('billing.invoiceWriteOff', over)).toMatchObject({ code: 'more-than-open' });
    const { amountMinor: _all, ...all } = over;
    expect(await room.call('billing.invoiceWriteOff', all)).toMatchObject({
      amount: { amountMinor: '18130' },
      open: { amountMinor: '0' },
    });
    expect((await room.refused('billing.invoiceWriteOff', all)).code).toBe('nothing-open');
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({ state: 'written-off' });
    const written = { receivables: 0, advances: 0, 'advance-vat': 0, 'vat-payable': -7130 };
    expect(await balances(room)).toMatchObject({ ...written, 'write-offs': 18_130 });
    expect(await usesOf(room, advanceId)).toEqual(['invoice 20000']);
    const reverse = { paymentId, reason: 'It bounced' };
    expect((await room.refused('payments.paymentReverse', reverse)).code).toBe('advance-used');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
    for (const [lines, state, left, expected] of [
      // 123.00 gross of what was given up is not owed any more: of 258.30 200.00 were paid.
      [[{ lineNo: 1, netMinor: '10000' }], 'written-off', '0', { advances: 0, 'write-offs': 5830 }],
      // 258.30 are left of 381.30, then 200.00, which is what was paid.
      [[{ lineNo: 1, netMinor: '4740' }], 'paid', '0', { advances: 0, 'write-offs': 0 }],
      [undefined, 'credited', '20000', { advances: -20_000, 'write-offs': 0, 'vat-payable': 0, revenue: 0 }],
    ] as const) {
      const note = { invoiceId, reason: 'Not supplied', ...(lines && { lines: [...lines] }) };
      await room.call('billing.invoiceCredit', note);
      expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({
        state,
        open: { amountMinor: '0' },
      });
      expect((await room.call('billing.invoiceList', { query: `type:invoice state:${state}` })).total).toBe(
        1,
      );
      expect([state, await leftOf(room, paymentId)]).toEqual([state, left]);
      expect(await balances(room)).toMatchObject({ receivables: 0, ...expected });
      expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
    }
    await unprotect(room, 'write_off_return');
    await sql`update write_off_return set amount_minor = amount_minor + 90000`.execute(room.store.tables());
    const { problems } = await room.call('billing.ledgerVerify', {});
    expect(problems).toEqual([
      expect.stringMatching(/^Write-off of FV .*: \d+ minor units were taken back, 12300 are posted\.$/),
      expect.stringMatching(/^Write-off of FV .*: \d+ minor units were taken back, 5830 are posted\.$/),
      expect.stringMatching(/^Write-off of FV .*: more was taken back than was given up\.$/),
    ]);
  });
});
