import type { OperationAt } from '../../shared/contract/contract.ts';
import type { CallInputOf, OutputOf } from '../../shared/contract/operation.ts';
import type { BillingRoom } from './billing-room.ts';

type Told = CallInputOf<OperationAt<'metering.usageRecord'>>['events'][number];

/** One call at 0.01, by the calendar month. */
export const apiCalls = {
  kind: 'usage',
  id: 'calls',
  meter: 'api-calls',
  every: 'month',
  align: 'calendar',
  pricing: { tiers: 'flat', price: '0.01' },
} as const;

export async function declareCalls(room: BillingRoom): Promise<void> {
  const meter = { name: 'api-calls', unit: 'calls', aggregation: 'sum', decimals: 3 } as const;
  await room.call('metering.meterDeclare', meter);
}

/** Tells events; the words are `id at quantity [member]`, of one subscription and meter. */
export async function tell(
  room: BillingRoom,
  subscriptionId: string,
  events: readonly string[],
  meter = 'api-calls',
): Promise<OutputOf<OperationAt<'metering.usageRecord'>>> {
  return await room.call('metering.usageRecord', {
    events: events.map((words): Told => {
      const [id = '', at = '', quantity = '', member = ''] = words.split(' ');
      return { id, subscriptionId, meter, at, quantity, member };
    }),
  });
}
