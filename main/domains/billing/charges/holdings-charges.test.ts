import { afterAll, expect, it } from 'vitest';
import { closeDays, closePressForTest, openBillingRoom } from '../../../testing/billing-room.ts';
import { chargesIn, sellByPeriod, vcpuHours } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

const priced = (id: string, meter: string, price: string) =>
  ({ ...vcpuHours, id, meter, pricing: { tiers: 'flat', price } }) as const;

describeOnBothStores('what a VM holds and sends', (stores) => {
  it('is charged by the plan that names its meters, once, and its list names the plan', async () => {
    const room = await openBillingRoom(stores);
    await room.addVm('v');
    const days = { vcpus: 1, memoryMib: 1024, diskMib: 102_400, sentBytes: 1024 ** 3 };
    await room.meter('v', { ...days, from: '2026-09-29', toExclusive: '2026-09-30', addresses: 1 });
    await room.meter('v', { ...days, from: '2026-09-30', toExclusive: '2026-10-01', addresses: 2 });
    const { subscriptionId } = await sellByPeriod(room, {
      components: [
        priced('disk', 'vm-disk-gib-hours', '0.001'),
        priced('sent', 'vm-sent-gib', '0.5'),
        priced('address-days', 'vm-addresses', '1'),
        { ...priced('addresses', 'vm-addresses', '5'), aggregate: 'peak' },
      ],
      startsOn: '2026-09-29',
      vmId: 'v',
    });
    await closeDays(room, '2026-09-29', '2026-10-01');
    await room.call('billing.dayClose', { day: '2026-09-30' });
    expect((await chargesIn(room, subscriptionId)).toSorted()).toEqual([
      '2026-09-30 address-days usage 2026-09-29/2026-10-01 3.00',
      '2026-09-30 addresses usage 2026-09-29/2026-10-01 10.00',
      '2026-09-30 disk usage 2026-09-29/2026-10-01 4.80',
      '2026-09-30 sent usage 2026-09-29/2026-10-01 24.00',
    ]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    const asked = { vmId: 'v', start: '2026-09-29', endExclusive: '2026-10-01' };
    expect(await room.call('billing.usageList', asked)).toMatchObject({
      vcpuHours: '48',
      diskGibHours: '4800',
      sentGib: '48',
      addresses: 2,
    });
    const { rows } = await room.call('metering.meterList', {});
    expect(
      rows
        .filter(({ source }) => source === 'hosts')
        .map(({ name, unit, plans }) => [name, unit, plans.join()]),
    ).toEqual([
      ['vm-hours', 'hours', ''],
      ['vcpu-hours', 'vCPU-hours', ''],
      ['memory-gib-hours', 'GiB-hours', ''],
      ['vm-disk-gib-hours', 'GiB-hours', 'Plan'],
      ['vm-sent-gib', 'GiB', 'Plan'],
      ['vm-addresses', 'addresses', 'Plan'],
      ['vm-vcpus', 'vCPUs', ''],
      ['vm-memory-gib', 'GiB', ''],
      ['vm-disk-gib', 'GiB', ''],
    ]);
  });
});
