import { afterAll, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  openBillingStore,
  sell,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;
const inOrder = { ok: true, problems: [] };
const line = {
  description: 'Moving a mailbox',
  unitPrice: '80.00',
  reason: 'Ordered by telephone',
  reference: 'ticket 4812',
} as const;

async function balances(room: BillingRoom): Promise<Record<string, number>> {
  const { rows } = await room.call('billing.trialBalance', {});
  return Object.fromEntries(
    rows.map((row) => [row.account, Number(row.debit.amountMinor) - Number(row.credit.amountMinor)]),
  );
}

describeOnBothStores('a line charged by hand', (stores) => {
  it('is posted once by its reference, and the invoice of its day takes it beside the rest', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, subscriptionId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    await closeDays(room, '2026-09-01', '2026-10-01');
    const asked = { ...line, customerId, quantity: '1.5', day: '2026-09-14' };
    const made = await room.call('billing.chargeByHand', asked);
    expect(made).toMatchObject({ amount: { amountMinor: '12000', currency: 'PLN' }, already: false });
    expect(await room.call('billing.chargeByHand', asked)).toEqual({ ...made, already: true });
    room.setNow('2026-10-01T08:00:01Z');
    // The same reference is another one on a subscription, and below 0 takes something back.
    await room.call('billing.chargeByHand', { ...asked, subscriptionId, quantity: '-1' });
    expect(await balances(room)).toMatchObject({ unbilled: 31_000 + 12_000 - 8000 });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
    // What stands for the customer is nobody's subscription.
    expect((await room.call('billing.subscriptionList', {})).total).toBe(1);

    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    expect(
      invoice.lines.map((each) => [each.description, each.detail, each.quantity, each.net.amountMinor]),
    ).toEqual([
      ['Moving a mailbox', '14 Sep 2026', '1.5', '12000'],
      ['Virtual server Plan vm-1, vm-1', '1–30 Sep 2026', '1', '31000'],
      ['Moving a mailbox', 'vm-1, 14 Sep 2026', '-1', '-8000'],
    ]);
    const { rows } = await room.call('billing.chargeByHandList', { customerId });
    expect(rows.map((row) => [row.reference, row.by, row.subscriptionId, row.invoice])).toEqual([
      ['ticket 4812', 'Anna', subscriptionId, 'FV 2026/10/0001'],
      ['ticket 4812', 'Anna', null, 'FV 2026/10/0001'],
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
    expect(await balances(room)).toMatchObject({ unbilled: 0, revenue: -35_000 });
  });

  it('is refused by name, and then nothing is posted', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, subscriptionId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    const other = await sell(room, { vm: 'vm-2', startsOn: '2026-09-01' });
    const asked = { ...line, customerId };
    await room.call('billing.chargeByHand', asked);
    for (const [input, code] of [
      [{ ...asked, unitPrice: '90.00' }, 'reference-used'],
      [{ ...asked, customerId: 'cus_none' }, 'no-such-customer'],
      [{ ...asked, customerId: other.customerId, subscriptionId }, 'no-such-subscription'],
      [{ ...asked, reference: 'b', day: '2026-10-02' }, 'day-in-future'],
      [{ ...asked, reference: 'b', day: '2025-09-29' }, 'day-long-past'],
      [{ ...asked, reference: 'b', unitPrice: '0.0049' }, 'comes-to-nothing'],
      [
        { ...asked, reference: 'b', service: { start: '2026-09-02', endExclusive: '2026-09-02' } },
        'service-empty',
      ],
    ] as const) {
      expect([code, (await room.refused('billing.chargeByHand', input)).code]).toEqual([code, code]);
    }
    expect((await room.refused('billing.chargeByHand', { ...asked, quantity: '2' })).facts).toMatchObject({
      customer: 'Klient vm-1',
      amount: '80.00 PLN',
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ...inOrder, charges: 1, entries: 1 });
    // A year back is no slip of the pen, and what lies further back is charged where it is meant.
    const meant = { ...asked, reference: 'b', day: '2025-09-29', longPast: true } as const;
    expect(await room.call('billing.chargeByHand', meant)).toMatchObject({
      day: '2025-09-29',
      already: false,
    });
    expect(await room.call('billing.chargeByHand', { ...meant, longPast: false })).toMatchObject({
      already: true,
    });
    const aYear = { ...asked, reference: 'c', day: '2025-09-30' } as const;
    expect(await room.call('billing.chargeByHand', aYear)).toMatchObject({ already: false });
  });

  it('asked for by two at once is charged once', async () => {
    const { first, again } = await openBillingStore(stores);
    const { customerId } = await sell(first, { vm: 'vm-1', startsOn: '2026-09-01' });
    const second = stores.kind === 'postgres' ? await again() : first;
    const asked = { ...line, customerId };
    const both = await Promise.all([first, second].map((room) => room.call('billing.chargeByHand', asked)));
    expect(both.filter(({ already }) => already)).toHaveLength(1);
    expect(await first.call('billing.ledgerVerify', {})).toMatchObject({ ...inOrder, charges: 1 });
  });
});

describeOnBothStores('a voided invoice billed again', (stores) => {
  it('has its lines on the next invoice as they stood, once, and each invoice of them can be voided in its turn', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    await room.meter('vm-1', { from: '2026-09-01', toExclusive: '2026-10-01', vcpus: 2, memoryMib: 4096 });
    await closeDays(room, '2026-09-01', '2026-10-01');
    const reason = 'Wrong address';
    // Days of a month alone round by what came before them: not by the rule of quantity and price.
    const half = { customerId, periodStart: '2026-09-01', periodEndExclusive: '2026-09-08' } as const;
    await room.call('billing.invoiceCreate', { ...half, issuedOn: '2026-09-30' });
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
    const before = await room.call('billing.invoiceGet', { invoiceId });
    const books = await balances(room);
    expect(await room.refused('billing.invoiceBillAgain', { invoiceId })).toMatchObject({
      code: 'not-credited',
      facts: { customer: 'Klient vm-1' },
    });
    const note = await room.call('billing.invoiceCredit', { invoiceId, reason });
    expect(await room.refused('billing.invoicePreview', { customerId, ...september })).toMatchObject({
      code: 'nothing-to-invoice',
    });
    expect(await room.refused('billing.invoiceBillAgain', { invoiceId, day: '2026-08-31' })).toEqual({
      code: 'day-before-supply',
      facts: {
        day: '2026-08-31',
        number: before.number,
        customer: 'Klient vm-1',
        periodStart: '2026-09-01',
      },
    });
    // The days it is for are of closed books, and what is earned again is booked on an open one.
    await room.call('billing.booksClose', { until: '2026-09-30' });
    const made = await room.call('billing.invoiceBillAgain', { invoiceId });
    expect(made).toMatchObject({ charges: 3, net: before.net, day: '2026-09-30' });
    for (const [id, code] of [
      [invoiceId, 'billed-again'],
      [note.creditNoteId, 'not-an-invoice'],
      ['inv_none', 'no-such-invoice'],
    ] as const) {
      expect((await room.refused('billing.invoiceBillAgain', { invoiceId: id })).code).toBe(code);
    }
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);

    const next = await room.call('billing.invoiceCreate', { customerId, ...september });
    const after = await room.call('billing.invoiceGet', { invoiceId: next.invoiceId });
    expect(after.lines).toEqual(before.lines);
    expect(after.gross).toEqual(before.gross);
    expect(await balances(room)).toEqual(books);
    expect(await room.call('billing.invoiceGet', { invoiceId })).toMatchObject({
      state: 'credited',
      billedAgainBy: '2026-09-30',
    });

    await room.call('billing.invoiceCredit', { invoiceId: next.invoiceId, reason });
    await room.call('billing.invoiceBillAgain', { invoiceId: next.invoiceId, day: '2026-10-01' });
    expect(await room.refused('billing.invoicePreview', { customerId, ...september })).toMatchObject({
      code: 'nothing-to-invoice',
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('by two at once is billed again once', async () => {
    const { first, again } = await openBillingStore(stores);
    const { customerId } = await sell(first, { vm: 'vm-1', startsOn: '2026-09-01' });
    await closeDays(first, '2026-09-01', '2026-09-03');
    const period = { periodStart: '2026-09-01', periodEndExclusive: '2026-09-03' } as const;
    const { invoiceId } = await first.call('billing.invoiceCreate', { customerId, ...period });
    await first.call('billing.invoiceCredit', { invoiceId, reason: 'Wrong address' });
    const second = stores.kind === 'postgres' ? await again() : first;
    const both = await Promise.allSettled(
      [first, second].map((room) => room.call('billing.invoiceBillAgain', { invoiceId })),
    );
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await first.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });
});
