import { afterAll, expect, it } from 'vitest';
import { closeDays, closePressForTest, openBillingRoom } from '../../../testing/billing-room.ts';
import { chargesIn, monthlyFee, sellByPeriod, vcpuHours } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

describeOnBothStores('charged by the period', (stores) => {
  it('in advance as a period begins, which keeps its month end', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-12-01T08:00:00Z');
    const { subscriptionId } = await sellByPeriod(room, { components: [monthlyFee], startsOn: '2026-08-31' });
    await closeDays(room, '2026-08-31', '2026-12-01');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-08-31 fee service 2026-08-31/2026-09-30 310.00',
      '2026-09-30 fee service 2026-09-30/2026-10-31 310.00',
      '2026-10-31 fee service 2026-10-31/2026-11-30 310.00',
      '2026-11-30 fee service 2026-11-30/2026-12-31 310.00',
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, charges: 4 });
  });

  it('in arrears with the last day of the period, so that a month can be invoiced once its days are closed', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-02T08:00:00Z');
    const arrears = { ...monthlyFee, timing: 'in-arrears', align: 'calendar' } as const;
    const { customerId, subscriptionId } = await sellByPeriod(room, {
      components: [{ kind: 'set-up', id: 'set-up', price: '50' }, arrears],
      startsOn: '2026-09-16',
      quantity: '2',
    });
    await closeDays(room, '2026-09-16', '2026-10-01');
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-09-16 set-up set-up 2026-09-16/2026-09-16 100.00',
      '2026-09-30 fee service 2026-09-16/2026-10-01 310.00',
    ]);
    const invoice = await room.call('billing.invoicePreview', {
      customerId,
      periodStart: '2026-09-01',
      periodEndExclusive: '2026-10-01',
    });
    expect(invoice.net.amountMinor).toBe('41000');
    expect(
      invoice.lines.map(({ description, detail, quantity, unitPrice }) =>
        [description, detail, quantity, unitPrice].join(' | '),
      ),
    ).toEqual(['Set-up of Plan | 16 Sep 2026 | 2 | 50', 'Plan: fee | 16–30 Sep 2026 | 1 | 310']);
  });

  it('what the VM used, with quantity and price on the invoice and every reading in the explanation', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-02T08:00:00Z');
    await room.addVm('vm-1');
    const { customerId, subscriptionId } = await sellByPeriod(room, {
      components: [vcpuHours],
      startsOn: '2026-09-01',
      vmId: 'vm-1',
    });
    await room.meter('vm-1', { from: '2026-09-29', toExclusive: '2026-10-01', vcpus: 2, memoryMib: 1024 });
    await closeDays(room, '2026-09-01', '2026-10-01');
    // 2 vCPUs × 48 hours at 0.50.
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-09-30 cpu usage 2026-09-01/2026-10-01 48.00',
    ]);
    const { rows } = await room.call('billing.chargeList', { subscriptionId });
    expect(rows[0]).toMatchObject({
      quantity: '96',
      unitPrice: '0.5',
      explanation: {
        kind: 'usage',
        meter: 'vcpu-hours',
        events: ['2026-09-29 vcpu-hours', '2026-09-30 vcpu-hours'],
        quantity: '96',
        alreadyMinor: '0',
      },
    });
    const named = async (id: string) =>
      (await room.call('billing.chargeList', { subscriptionId, chargeIds: [id] })).rows;
    expect(await named(rows[0]?.id ?? '')).toEqual(rows);
    expect(await named('chg_of_another')).toEqual([]);
    const { invoiceId } = await room.call('billing.invoiceCreate', {
      customerId,
      periodStart: '2026-09-01',
      periodEndExclusive: '2026-10-01',
    });
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    expect(invoice).toMatchObject({
      lines: [{ description: 'Usage, Plan: cpu', detail: 'vm-1, 1–30 Sep 2026', quantity: '96' }],
      net: { amountMinor: '4800' },
    });
    expect(invoice.pdfSha256).not.toBe('');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, invoices: 1 });
  });

  it('late usage of a host that was away is a line of its own period, at the tier it would have had, on the same invoice', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-03T08:00:00Z');
    await room.addVm('vm-1');
    const bands = [
      { upTo: '24', price: '1' },
      { upTo: null, price: '0.5' },
    ];
    const { customerId, subscriptionId } = await sellByPeriod(room, {
      components: [{ ...vcpuHours, pricing: { tiers: 'graduated', bands } }],
      startsOn: '2026-09-28',
      vmId: 'vm-1',
    });
    await room.meter('vm-1', { from: '2026-09-29', toExclusive: '2026-10-01', vcpus: 1, memoryMib: 1024 });
    await closeDays(room, '2026-09-28', '2026-09-30');
    room.hostAway(['vm-1'], '2026-09-30T12:00:00Z', 'hv1 was last heard at 14:00');
    expect(await room.call('billing.dayClose', { day: '2026-09-30' })).toMatchObject({ held: 1 });
    const september = { customerId, periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' };
    expect(await room.refused('billing.invoicePreview', september)).toMatchObject({ code: 'usage-awaited' });
    room.hostBack(['vm-1']);
    await room.call('billing.dayClose', { day: '2026-10-01' });
    expect(await room.call('billing.dayClose', { day: '2026-09-30' })).toMatchObject({ posted: 1, held: 0 });
    expect(await room.call('billing.dayClose', { day: '2026-09-30' })).toMatchObject({ posted: 0, held: 0 });
    // 24 hours at 1.00 in time; the 24 that came late are beyond the first band.
    expect(await chargesIn(room, subscriptionId)).toEqual([
      '2026-09-30 cpu usage 2026-09-28/2026-10-01 24.00',
      '2026-09-30 cpu usage 2026-09-28/2026-10-01 12.00',
    ]);
    expect((await room.call('billing.invoicePreview', september)).net.amountMinor).toBe('3600');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });

  it('a day closed again, and by ten at once, posts nothing twice', async () => {
    const room = await openBillingRoom(stores);
    const { subscriptionId } = await sellByPeriod(room, { components: [monthlyFee], startsOn: '2026-09-01' });
    const close = async () => await room.call('billing.dayClose', { day: '2026-09-01' });
    const closings = await Promise.all(Array.from({ length: 10 }, close));
    expect(closings.reduce((sum, { posted }) => sum + posted, 0)).toBe(1);
    expect(await chargesIn(room, subscriptionId)).toHaveLength(1);
    const db = room.store.tables<{ charge: Record<string, string> }>();
    const [row] = await db.selectFrom('charge').selectAll().execute();
    const again = { ...row, id: 'chg_again', day: '2026-09-02' };
    await expect(db.insertInto('charge').values(again).execute()).rejects.toThrow();
  });

  it('is asked for only on days on which something can be due', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-02T08:00:00Z');
    const yearly = { ...monthlyFee, every: 'year' } as const;
    await sellByPeriod(room, { components: [yearly], startsOn: '2026-09-01' });
    await closeDays(room, '2026-09-01', '2026-09-03');
    const due = await room.store
      .tables<{ subscription: { next_due: string } }>()
      .selectFrom('subscription')
      .select('next_due')
      .execute();
    expect(due).toEqual([{ next_due: '2027-09-01' }]);
    expect(await room.call('billing.dayClose', { day: '2026-09-03' })).toMatchObject({
      subscriptions: 1,
      posted: 0,
    });
  });
});
