import { afterAll, expect, it } from 'vitest';
import { closeDays, closePressForTest, openBillingRoom } from '../../../testing/billing-room.ts';
import { makePlan } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

const fee = (price: string): object => ({
  kind: 'recurring',
  id: 'fee',
  every: 'month',
  timing: 'in-advance',
  price,
});
const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;

describeOnBothStores('prices with VAT in them', (stores) => {
  it('are what a customer pays to the cent, whoever it is, and the books hold', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-02T08:00:00Z');
    const plan = async (name: string, price: string, more: object = {}): Promise<string> =>
      await makePlan(room, name, [fee(price) as never], { vat: 'included', ...more });
    const plans = [await plan('A', '123'), await plan('B', '0.03'), await plan('C', '9.99')];
    const net = await makePlan(room, 'Net', [fee('100') as never]);
    const sell = async (who: object, planIds: readonly string[]): Promise<string> => {
      const { customerId } = await room.call('customers.customerCreate', {
        name: 'Klient',
        country: 'PL',
        currency: 'PLN',
        ...who,
      });
      for (const planId of planIds)
        await room.call('billing.subscriptionStart', { customerId, planId, startsOn: '2026-09-01' });
      return customerId;
    };
    const person = await sell({ kind: 'person' }, plans);
    const mixed = await sell({ kind: 'person' }, [...plans, net]);
    const abroad = await sell({ kind: 'company', country: 'DE', vatId: 'DE136695976' }, plans);
    await closeDays(room, '2026-09-01', '2026-10-01');
    const totals = async (customerId: string): Promise<string> => {
      const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...september });
      const { net: netOf, vat, gross } = await room.call('billing.invoiceGet', { invoiceId });
      return [netOf, vat, gross].map(({ amountMinor }) => amountMinor).join(' ');
    };
    // 123.00 + 0.03 + 9.99 at 23 %.
    expect(await totals(person)).toBe('10815 2487 13302');
    expect(await totals(mixed)).toBe('20815 4787 25602');
    // Without the seller's own VAT, which it does not owe.
    expect(await totals(abroad)).toBe('10815 0 10815');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    const { rows } = await room.call('billing.invoiceList', { sort: 'number' });
    for (const { id } of rows)
      await room.call('billing.invoiceCredit', { invoiceId: id, reason: 'All back' });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    const { rows: documents } = await room.call('billing.invoiceList', { sort: 'number' });
    expect(documents.reduce((sum, { gross }) => sum + BigInt(gross.amountMinor), 0n)).toBe(0n);
  });

  it('are taken back at the rate they were charged at, and say both amounts', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-02T08:00:00Z');
    const planId = await makePlan(room, 'A', [fee('369') as never], { vat: 'included' });
    const { customerId } = await room.call('customers.customerCreate', {
      name: 'Klient',
      kind: 'person',
      country: 'PL',
      currency: 'PLN',
    });
    const { subscriptionId } = await room.call('billing.subscriptionStart', {
      customerId,
      planId,
      startsOn: '2026-09-01',
    });
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-09-11' });
    await closeDays(room, '2026-09-01', '2026-09-06');
    await closeDays(room, '2026-09-06', '2026-10-01');
    const { rows } = await room.call('billing.chargeList', { subscriptionId });
    const sums = (of: 'amount' | 'gross'): bigint =>
      rows.reduce((sum, row) => sum + BigInt(row[of]?.amountMinor ?? 0), 0n);
    expect([sums('gross'), sums('amount')]).toEqual([12_300n, 10_000n]);
    const preview = await room.call('billing.invoicePreview', { customerId, ...september });
    expect(preview.lines[0]?.detail).toMatch(/price with VAT$/);
    expect([preview.net, preview.gross].map(({ amountMinor }) => amountMinor)).toEqual(['10000', '12300']);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });
});
