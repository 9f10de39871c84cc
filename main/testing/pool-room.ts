import type { BillingRoom } from './billing-room.ts';
import { sellByPeriod, type Components } from './period-room.ts';

/** 10 vCPUs at 3.00 a month each; beyond, 0.50 per vCPU and day. */
export const vcpuPool = {
  kind: 'pool',
  id: 'vcpus',
  meter: 'vm-vcpus',
  aggregate: 'daily',
  every: 'month',
  timing: 'in-arrears',
  align: 'calendar',
  bought: '10',
  price: '3',
  overage: { tiers: 'flat', price: '0.5' },
} as const;

export const september = { from: '2026-09-01', toExclusive: '2026-10-01' };

export interface Pool {
  readonly customerId: string;
  readonly subscriptionId: string;
}

export async function sellPool(
  room: BillingRoom,
  components: Components = [vcpuPool],
  more: Pick<Parameters<typeof sellByPeriod>[1], 'name' | 'vmId' | 'quantity'> & {
    readonly startsOn?: string;
  } = {},
): Promise<Pool> {
  return await sellByPeriod(room, { components, startsOn: '2026-09-01', ...more });
}

/** Adds VMs at an instant, which the clock then is at. */
export async function join(
  room: BillingRoom,
  pool: Pool,
  at: string,
  ...vmIds: readonly string[]
): Promise<string[]> {
  room.setNow(at);
  const ids: string[] = [];
  for (const vmId of vmIds) {
    const { subscriptionId } = pool;
    ids.push((await room.call('billing.poolMemberAdd', { subscriptionId, vmId })).memberId);
  }
  return ids;
}

export async function vms(room: BillingRoom, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await room.addVm(id);
}
