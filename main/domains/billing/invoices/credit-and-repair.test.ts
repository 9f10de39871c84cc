import { afterAll, expect, it } from 'vitest';
import { localDate, addDays } from '../../../../shared/kernel/local-date.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { monthlyFee, sellByPeriod } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

interface Sold {
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly invoiceId: string;
}

describeOnBothStores('a credit note and a repair', (stores) => {
  let room: BillingRoom;
  let day = localDate('2026-10-01');
  let count = 0;

  async function opened(): Promise<void> {
    room = await openBillingRoom(stores);
    day = localDate('2026-10-01');
  }

  /** Days until before this one are closed. */
  async function until(next: string): Promise<void> {
    room.setNow(`${next}T08:00:00Z`);
    await closeDays(room, day, localDate(next));
    day = localDate(next);
  }

  /** A month of 310.00 (or a price) from today on, invoiced tomorrow. */
  async function invoiced(price = '310', more: object = {}): Promise<Sold> {
    count += 1;
    room.setNow(`${day}T08:00:00Z`);
    const sold = await sellByPeriod(room, {
      components: [{ ...monthlyFee, price, align: 'calendar' }],
      startsOn: day,
      name: `Plan ${count}`,
      ...more,
    });
    await until(addDays(day, 1));
    const scope = { periodStart: addDays(day, -1), periodEndExclusive: day };
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId: sold.customerId, ...scope });
    return { ...sold, invoiceId };
  }

  const credit = async (invoiceId: string, netMinor?: string): Promise<unknown> =>
    await room.call('billing.invoiceCredit', {
      invoiceId,
      reason: 'Goodwill',
      ...(netMinor !== undefined && { lines: [{ lineNo: 1, netMinor }] }),
    });
  const end = async ({ subscriptionId }: Sold, endsOn: string): Promise<void> => {
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn });
  };
  /** Amounts of repairs, in the order they were posted. */
  async function repairs({ subscriptionId }: Sold): Promise<string[]> {
    const { rows } = await room.call('billing.chargeList', { subscriptionId });
    return rows.filter(({ reason }) => reason === 'repair').map(({ amount }) => amount.amountMinor);
  }
  async function left(invoiceId: string): Promise<string | undefined> {
    const found = await room.call('billing.invoiceGet', { invoiceId });
    expect(found.gross.amountMinor).not.toBe('0');
    const asked = { invoiceId, lines: [{ lineNo: 1, netMinor: '1' }] };
    const preview = await room.call('billing.creditPreview', asked).catch(() => undefined);
    return preview?.left[0]?.left.amountMinor;
  }
  const verified = async (): Promise<void> => {
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  };

  it('takes back what is left of a line, and no more', async () => {
    await opened();
    const [whole, two, little] = [await invoiced(), await invoiced(), await invoiced()];
    // Sold on the 1st, 2nd and 3rd of October: 310.00, 300.00, 290.00.
    await credit(whole.invoiceId, '21000');
    await credit(two.invoiceId, '15000');
    await credit(two.invoiceId, '9000');
    await credit(little.invoiceId, '2000');
    for (const sold of [whole, two, little]) await end(sold, '2026-10-11');
    await until('2026-10-12');
    expect(await repairs(whole)).toEqual(['-10000']);
    expect(await repairs(two)).toEqual(['-6000']);
    expect(await repairs(little)).toEqual(['-21000']);
    const more = { invoiceId: whole.invoiceId, reason: 'More', lines: [{ lineNo: 1, netMinor: '1' }] };
    expect(await room.refused('billing.invoiceCredit', more)).toMatchObject({ code: 'taken-back' });
    await verified();
  });

  it('leaves a credit note what no repair took, on an invoice or not', async () => {
    await opened();
    const sold = await invoiced();
    await end(sold, '2026-10-11');
    await until('2026-10-12');
    expect(await repairs(sold)).toEqual(['-21000']);
    expect(await left(sold.invoiceId)).toBe('10000');
    const over = { invoiceId: sold.invoiceId, reason: 'All', lines: [{ lineNo: 1, netMinor: '10001' }] };
    expect(await room.refused('billing.invoiceCredit', over)).toMatchObject({
      code: 'taken-back',
      facts: { left: '100.00 PLN', lineNo: 1 },
    });
    await credit(sold.invoiceId, '5000');
    await credit(sold.invoiceId, '3000');
    await credit(sold.invoiceId, '2000');
    expect(
      await room.refused('billing.invoiceCredit', { ...over, lines: [{ lineNo: 1, netMinor: '1' }] }),
    ).toMatchObject({
      code: 'taken-back',
    });
    await verified();
  });

  it('is not repaired while credited in full, and repaired once it is billed again', async () => {
    await opened();
    const sold = await invoiced();
    const kept = await invoiced();
    await credit(sold.invoiceId);
    await credit(kept.invoiceId);
    await room.call('billing.invoiceBillAgain', { invoiceId: kept.invoiceId });
    await end(sold, '2026-10-05');
    await end(kept, '2026-10-05');
    await until('2026-10-06');
    expect(await repairs(sold)).toEqual(['0']);
    expect(await repairs(kept)).toEqual(['-27000']);
    await room.call('billing.invoiceBillAgain', { invoiceId: sold.invoiceId });
    await until('2026-10-07');
    expect(await repairs(sold)).toEqual(['0', '-27000']);
    expect(await repairs(kept)).toEqual(['-27000']);
    await verified();
  });

  it('is repaired once it is billed again, long after its period and charged day by day meanwhile too', async () => {
    await opened();
    const late = await invoiced();
    const daily = await invoiced();
    for (const { invoiceId } of [late, daily]) await credit(invoiceId);
    await end(late, '2026-10-05');
    const perDay = { currency: 'PLN', perMonth: '310', perVcpuHour: '0', perGibHour: '0' } as const;
    const plan = { name: 'By the day', prices: [perDay], validFrom: '2026-01-01' };
    const { planId } = await room.call('catalog.planCreate', plan);
    await room.call('billing.subscriptionChange', {
      subscriptionId: daily.subscriptionId,
      change: { do: 'change', planId },
      on: localDate('2026-10-05'),
    });
    await until('2026-10-06');
    await room.call('billing.invoiceBillAgain', { invoiceId: daily.invoiceId });
    await until('2026-10-08');
    expect(await repairs(daily)).toEqual(['0', '-27000']);
    await until('2026-12-10');
    await room.call('billing.invoiceBillAgain', { invoiceId: late.invoiceId });
    await until('2026-12-12');
    expect(await repairs(late)).toEqual(['0', '-27000']);
    expect(await repairs(daily)).toEqual(['0', '-27000']);
    await verified();
  });

  it('counts prices with VAT in them as the customer pays them', async () => {
    await opened();
    const sold = await invoiced('310', { price: { vat: 'included' } });
    // 252.03 and 57.97 of VAT.
    await credit(sold.invoiceId, '20325');
    await end(sold, '2026-10-11');
    await until('2026-10-12');
    const { rows } = await room.call('billing.chargeList', { subscriptionId: sold.subscriptionId });
    expect(rows.map(({ gross }) => gross?.amountMinor)).toEqual(['31000', '-6000']);
    await verified();
  });

  it('becomes a credit note of its invoice, with its days and at its VAT, and is on no other document', async () => {
    await opened();
    const [sold, gross] = [await invoiced(), await invoiced('310', { price: { vat: 'included' } })];
    for (const each of [sold, gross]) await end(each, '2026-10-11');
    await until('2026-10-12');
    const preview = await room.call('billing.creditPreview', { invoiceId: sold.invoiceId, takenBack: true });
    expect([preview.standing, preview.net, preview.vat].map(({ amountMinor }) => amountMinor)).toEqual([
      '21000',
      '-21000',
      '-4830',
    ]);
    expect(preview.lines.map(({ detail }) => detail)).toEqual([expect.stringContaining('11') as string]);
    const made = await room.call('billing.invoiceCredit', {
      invoiceId: sold.invoiceId,
      takenBack: true,
      reason: 'Ended',
    });
    // 300.00 with VAT for the 2nd to the 31st, of which 210.00 are taken back.
    const ofGross = { invoiceId: gross.invoiceId, takenBack: true as const, reason: 'Ended' };
    expect((await room.call('billing.invoiceCredit', ofGross)).gross.amountMinor).toBe('-21000');
    const { rows } = await room.call('billing.chargeList', { subscriptionId: sold.subscriptionId });
    expect(rows.map(({ invoiceId }) => invoiceId)).toEqual([sold.invoiceId, made.creditNoteId]);
    expect(
      await room.refused('billing.invoiceCredit', {
        invoiceId: sold.invoiceId,
        takenBack: true,
        reason: 'Again',
      }),
    ).toMatchObject({ code: 'nothing-left' });
    const rest = { customerId: sold.customerId, periodStart: '2026-10-02', periodEndExclusive: '2026-10-12' };
    expect(await room.refused('billing.invoicePreview', rest)).toMatchObject({ code: 'nothing-to-invoice' });
    expect(await left(sold.invoiceId)).toBe('10000');
    await verified();
  });

  it('is part of what voids its invoice, and taken back again of what is billed again', async () => {
    await opened();
    const sold = [await invoiced(), await invoiced('310', { price: { vat: 'included' } })];
    for (const each of sold) await end(each, '2026-10-11');
    await until('2026-10-12');
    for (const { invoiceId } of sold) {
      const { gross } = await room.call('billing.invoiceGet', { invoiceId });
      const note = await room.call('billing.invoiceCredit', { invoiceId, reason: 'Void' });
      expect(note.gross.amountMinor).toBe(`-${gross.amountMinor}`);
      await room.call('billing.invoiceBillAgain', { invoiceId });
    }
    await until('2026-10-14');
    const totals: string[] = [];
    for (const { customerId } of sold) {
      const again = { customerId, periodStart: '2026-10-01', periodEndExclusive: '2026-10-14' };
      const { invoiceId } = await room.call('billing.invoiceCreate', again);
      const { gross } = await room.call('billing.invoiceGet', { invoiceId });
      totals.push(gross.amountMinor);
      expect(await room.refused('billing.invoicePreview', again)).toMatchObject({
        code: 'nothing-to-invoice',
      });
    }
    // 100.00 and VAT; 90.00 with it.
    expect(totals).toEqual(['12300', '9000']);
    await verified();
  });

  it('is on one document, whoever takes it first', async () => {
    await opened();
    const sold = await invoiced();
    await end(sold, '2026-10-11');
    await until('2026-10-12');
    const { customerId, invoiceId } = sold;
    const work = { customerId, description: 'Work', unitPrice: '1000', day: '2026-10-11', reason: 'Extra' };
    await room.call('billing.chargeByHand', { ...work, reference: 'r1' });
    const scope = { customerId, periodStart: '2026-10-02', periodEndExclusive: '2026-10-12' };
    const made = await Promise.allSettled([
      room.call('billing.invoiceCreate', scope),
      room.call('billing.invoiceCredit', { invoiceId, takenBack: true, reason: 'Ended' }),
    ]);
    expect(made.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    const db = room.store.tables<BillingTables>();
    const { net } = await db
      .selectFrom('invoice')
      .select((of) => of.fn.sum<number>('net_minor').as('net'))
      .executeTakeFirstOrThrow();
    expect(Number(net)).toBe(31_000 + 100_000 - 21_000);
    await verified();
  });

  it('is found by the ledger where both took the same', async () => {
    await opened();
    const sold = await invoiced();
    await credit(sold.invoiceId, '1000');
    const db = room.store.tables<BillingTables>();
    const [charge] = (await room.call('billing.chargeList', { subscriptionId: sold.subscriptionId })).rows;
    await db
      .insertInto('charge_credit')
      .values({
        charge_id: charge?.id ?? '',
        source: 'note inv_none 1',
        subscription_id: sold.subscriptionId,
        amount_minor: -60_000,
      })
      .execute();
    const { problems } = await room.call('billing.ledgerVerify', {});
    expect(problems).toEqual([
      expect.stringMatching(/ 61000 minor units are taken back, it was \d+\.$/) as string,
    ]);
  });
});
